package dev.offpeak.simulator.anthropic;

import static dev.offpeak.simulator.anthropic.AnthropicDialect.bad;

import dev.offpeak.simulator.batches.BatchView;
import dev.offpeak.simulator.json.Json;
import dev.offpeak.simulator.serving.Refused;
import jakarta.servlet.http.HttpServletRequest;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// Anthropic's lists: newest first, read on behind `after_id` or back before `before_id`.
final class MessageBatchPages {
    private static final int BY_DEFAULT = 20;
    private static final int MOST = 1_000;

    private MessageBatchPages() {}

    static ObjectNode page(List<BatchView> all, HttpServletRequest request, Function<BatchView, ObjectNode> json)
            throws Refused {
        int limit = limit(request.getParameter("limit"));
        String after = request.getParameter("after_id");
        String before = request.getParameter("before_id");
        int from = after == null ? 0 : index(all, after, "after_id") + 1;
        int to = Math.min(all.size(), from + limit);
        boolean more = to < all.size();
        if (before != null) {
            to = index(all, before, "before_id");
            from = Math.max(0, to - limit);
            more = from > 0;
        }
        List<BatchView> page = all.subList(from, to);
        ObjectNode list = Json.object();
        ArrayNode data = list.putArray("data");
        page.forEach(batch -> data.add(json.apply(batch)));
        return list.put("has_more", more)
                .put("first_id", page.isEmpty() ? null : page.getFirst().id())
                .put("last_id", page.isEmpty() ? null : page.getLast().id());
    }

    private static int index(List<BatchView> all, String id, String parameter) throws Refused {
        for (int i = 0; i < all.size(); i++) {
            if (all.get(i).id().equals(id)) {
                return i;
            }
        }
        throw bad(parameter + ": no batch has this id");
    }

    private static int limit(@Nullable String text) throws Refused {
        if (text == null || text.isBlank()) {
            return BY_DEFAULT;
        }
        try {
            int limit = Integer.parseInt(text);
            if (limit >= 1 && limit <= MOST) {
                return limit;
            }
        } catch (NumberFormatException _) {
            // falls through to the one complaint about it
        }
        throw bad("limit: Input should be an integer from 1 to " + MOST);
    }
}
