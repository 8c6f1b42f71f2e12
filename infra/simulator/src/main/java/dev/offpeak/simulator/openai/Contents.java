package dev.offpeak.simulator.openai;

import dev.offpeak.simulator.json.Json;
import dev.offpeak.simulator.serving.Refused;
import java.util.List;
import java.util.Set;
import tools.jackson.databind.JsonNode;

/// Reads the content of a message: a text, or parts of several kinds.
final class Contents {
    static final Set<String> CHAT = Set.of("text", "image_url", "input_audio", "file", "refusal");
    static final Set<String> RESPONSES =
            Set.of("input_text", "output_text", "input_image", "input_file", "input_audio", "refusal");

    private Contents() {}

    /// Appends the text and returns how many parts were no text.
    static int read(JsonNode content, String path, Set<String> kinds, StringBuilder text) throws Refused {
        if (content.isNull() || content.isMissingNode()) {
            return 0;
        }
        if (content.isString()) {
            text.append(content.stringValue());
            return 0;
        }
        if (!content.isArray()) {
            throw OpenAiErrors.wrongType(path, "a string or an array of objects", Json.typeOf(content));
        }
        int media = 0;
        int i = 0;
        for (JsonNode part : content) {
            media += part(part, path + "[" + i++ + "]", kinds, text);
        }
        return media;
    }

    private static int part(JsonNode part, String path, Set<String> kinds, StringBuilder text) throws Refused {
        if (!part.isObject()) {
            throw OpenAiErrors.wrongType(path, "an object", Json.typeOf(part));
        }
        String type = Json.string(part, "type");
        if (type == null) {
            throw OpenAiErrors.missing(path + ".type");
        }
        if (!kinds.contains(type)) {
            throw OpenAiErrors.notOneOf(path + ".type", type, List.copyOf(kinds));
        }
        String field = type.equals("refusal") ? "refusal" : "text";
        if (!type.endsWith("text") && !type.equals("refusal")) {
            return 1;
        }
        String words = Json.string(part, field);
        if (words == null) {
            throw OpenAiErrors.missing(path + "." + field);
        }
        text.append(words);
        return 0;
    }
}
