package dev.offpeak.simulator.openai;

import dev.offpeak.simulator.json.Json;
import dev.offpeak.simulator.serving.Refused;
import jakarta.servlet.http.HttpServletRequest;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// OpenAI's lists: a page, and whether there is more behind it.
final class Pages {
    private Pages() {}

    static long limit(HttpServletRequest request, long byDefault, long most) throws Refused {
        String text = request.getParameter("limit");
        if (text == null || text.isBlank()) {
            return byDefault;
        }
        try {
            long limit = Long.parseLong(text);
            if (limit >= 1 && limit <= most) {
                return limit;
            }
        } catch (NumberFormatException _) {
            // falls through to the one complaint about it
        }
        throw OpenAiErrors.bad(
                "limit", "invalid_value", "Invalid 'limit': expected an integer from 1 to " + most + ".");
    }

    static <T> ObjectNode page(
            List<T> all, Function<T, String> id, Function<T, ObjectNode> json, @Nullable String after, long limit)
            throws Refused {
        int from = 0;
        if (after != null && !after.isBlank()) {
            while (from < all.size() && !id.apply(all.get(from)).equals(after)) {
                from++;
            }
            if (from == all.size()) {
                throw OpenAiErrors.bad("after", "invalid_value", "Invalid 'after': no object with id " + after + ".");
            }
            from++;
        }
        int to = (int) Math.min(all.size(), from + limit);
        ObjectNode list = Json.object().put("object", "list");
        ArrayNode data = list.putArray("data");
        all.subList(from, to).forEach(one -> data.add(json.apply(one)));
        list.put("first_id", from < to ? id.apply(all.get(from)) : null);
        list.put("last_id", from < to ? id.apply(all.get(to - 1)) : null);
        list.put("has_more", to < all.size());
        return list;
    }
}
