package dev.offpeak.simulator.anthropic;

import static dev.offpeak.simulator.anthropic.AnthropicDialect.bad;

import dev.offpeak.simulator.json.Json;
import dev.offpeak.simulator.models.Model;
import dev.offpeak.simulator.serving.Refused;
import dev.offpeak.simulator.tokens.Hashes;
import dev.offpeak.simulator.tokens.PrefixCache;
import dev.offpeak.simulator.tokens.Tokens;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// A prompt block by block in the order in which Anthropic caches it: tools, system, messages. Four tokens
/// frame each message and three open the answer, a rule of ours as the real one is not published; a picture or
/// a document counts as 1,000.
final class MessagePrompt {
    private static final int FRAME = 4;
    private static final int OPENING = 3;
    private static final int MEDIUM = 1_000;
    private static final int MAX_BREAKPOINTS = 4;
    private static final Duration SHORT = Duration.ofMinutes(5);
    private static final Duration LONG = Duration.ofHours(1);
    private static final Set<String> ROLES = Set.of("user", "assistant", "system");

    private final Tokens tokens;
    private final Model model;
    private final boolean newest;
    private final List<PrefixCache.Block> blocks = new ArrayList<>();
    private long hash;
    private long total;
    private String lastUser = "";
    private boolean userSpoke;

    MessagePrompt(Tokens tokens, Model model, boolean newest) {
        this.tokens = tokens;
        this.model = model;
        this.newest = newest;
        this.hash = Hashes.of(model.name());
    }

    List<PrefixCache.Block> blocks() {
        return blocks;
    }

    long total() {
        return total + OPENING;
    }

    String lastUser() {
        return lastUser;
    }

    void tool(JsonNode tool, String path) throws Refused {
        add(Json.text(bare(tool)), 0, keep(tool.path("cache_control"), path));
    }

    void schema(JsonNode schema) {
        add(Json.text(schema), 0, Duration.ZERO);
    }

    void system(JsonNode system) throws Refused {
        if (system.isMissingNode() || system.isNull()) {
            return;
        }
        if (system.isString()) {
            add(system.stringValue(), 0, Duration.ZERO);
            return;
        }
        if (!system.isArray()) {
            throw bad("system: Input should be a valid string or list of text blocks");
        }
        int i = 0;
        for (JsonNode block : system) {
            String path = "system." + i++;
            if (!"text".equals(Json.string(block, "type"))) {
                throw bad(path + ".type: Input should be 'text'");
            }
            add(text(block, path), 0, keep(block.path("cache_control"), path));
        }
    }

    void messages(JsonNode body) throws Refused {
        JsonNode messages = body.path("messages");
        if (messages.isMissingNode() || messages.isNull()) {
            throw bad("messages: Field required");
        }
        if (!messages.isArray()) {
            throw bad("messages: Input should be a valid list");
        }
        if (messages.isEmpty()) {
            throw bad("messages: at least one message is required");
        }
        int i = 0;
        for (JsonNode message : messages) {
            message(message, "messages." + i++);
        }
    }

    /// Applies a breakpoint at the top level, which means the last block, and the rules about all of them.
    void finish(JsonNode automatic) throws Refused {
        Duration keep = keep(automatic, "cache_control");
        if (!keep.isZero() && !blocks.isEmpty() && blocks.getLast().keep().isZero()) {
            PrefixCache.Block last = blocks.removeLast();
            blocks.add(new PrefixCache.Block(last.prefixHash(), last.tokensUpTo(), keep));
        }
        int breakpoints = 0;
        boolean shortSeen = false;
        for (PrefixCache.Block block : blocks) {
            if (block.keep().isZero()) {
                continue;
            }
            breakpoints++;
            if (block.keep().equals(LONG) && shortSeen) {
                throw bad("cache_control: a ttl='1h' block must not come after a ttl='5m' block");
            }
            shortSeen |= block.keep().equals(SHORT);
        }
        if (breakpoints > MAX_BREAKPOINTS) {
            throw bad("A maximum of 4 blocks with cache_control may be provided. Found " + breakpoints + ".");
        }
    }

    private void message(JsonNode message, String path) throws Refused {
        if (!message.isObject()) {
            throw bad(path + ": Input should be a valid dictionary");
        }
        String role = Json.string(message, "role");
        if (role == null) {
            throw bad(path + ".role: Field required");
        }
        if (!ROLES.contains(role)) {
            throw bad(path + ".role: Input should be 'user' or 'assistant'");
        }
        JsonNode content = message.path("content");
        total += FRAME;
        hash = Hashes.mix(hash, Hashes.of(role));
        var words = new StringBuilder();
        if (content.isString()) {
            words.append(content.stringValue());
            add(content.stringValue(), 0, Duration.ZERO);
        } else if (content.isArray()) {
            int i = 0;
            for (JsonNode block : content) {
                block(block, path + ".content." + i++, role, words);
            }
        } else {
            throw bad(path + ".content: "
                    + (content.isMissingNode() ? "Field required" : "Input should be a valid list"));
        }
        if (role.equals("user") && words.isEmpty() && content.isString()) {
            throw bad(path + ": user messages must have non-empty content");
        }
        if (role.equals("user") || !userSpoke) {
            lastUser = words.toString();
            userSpoke = role.equals("user");
        }
    }

    private void block(JsonNode block, String path, String role, StringBuilder words) throws Refused {
        String type = Json.string(block, "type");
        if (type == null) {
            throw bad(path + ".type: Field required");
        }
        Duration keep = keep(block.path("cache_control"), path);
        if (newest && type.equals("document") && role.equals("assistant")) {
            throw bad(path + ": document blocks are not permitted in assistant messages");
        }
        if (newest
                && type.equals("text")
                && role.equals("user")
                && !block.path("citations").isEmpty()) {
            throw bad(path + ".citations: citations are not permitted on text blocks of user messages");
        }
        switch (type) {
            case "text" -> {
                String text = text(block, path);
                if (text.isEmpty()) {
                    throw bad(path + ": text content blocks must be non-empty");
                }
                words.append(text);
                add(text, 0, keep);
            }
            case "image", "document" -> add(type + Hashes.of(Json.text(bare(block))), MEDIUM, keep);
            default -> add(Json.text(bare(block)), 0, keep);
        }
    }

    private void add(String text, int extra, Duration keep) {
        total += tokens.count(model.name(), text) + extra;
        hash = Hashes.mix(hash, Hashes.of(text));
        blocks.add(new PrefixCache.Block(hash, total, keep));
    }

    private static String text(JsonNode block, String path) throws Refused {
        String text = Json.string(block, "text");
        if (text == null) {
            throw bad(path + ".text: Field required");
        }
        return text;
    }

    private static Duration keep(JsonNode control, String path) throws Refused {
        if (control.isMissingNode() || control.isNull()) {
            return Duration.ZERO;
        }
        if (!"ephemeral".equals(Json.string(control, "type"))) {
            throw bad(path + ".cache_control.type: Input should be 'ephemeral'");
        }
        String ttl = Json.string(control, "ttl");
        if (ttl == null || ttl.equals("5m")) {
            return SHORT;
        }
        if (ttl.equals("1h")) {
            return LONG;
        }
        throw bad(path + ".cache_control.ttl: Input should be '5m' or '1h'");
    }

    /// The block without its breakpoint, which may move without changing what is cached.
    private static JsonNode bare(JsonNode block) {
        if (!block.has("cache_control")) {
            return block;
        }
        ObjectNode copy = (ObjectNode) block.deepCopy();
        copy.remove("cache_control");
        return copy;
    }
}
