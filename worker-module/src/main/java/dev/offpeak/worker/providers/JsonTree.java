package dev.offpeak.worker.providers;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/// Reads what providers may leave out, set to null or leave blank: all three are the same.
public final class JsonTree {

    private static final JsonFactory TOKENS = new JsonFactory();
    private static final String CUSTOM_ID = "custom_id";

    private JsonTree() {}

    /// @return null where it is no text, or a blank one
    public static @Nullable String text(JsonNode node, String field) {
        String text = node.path(field).textValue();
        return text == null || text.isBlank() ? null : text;
    }

    /// @return 0 where it is no number
    public static int count(JsonNode node, String field) {
        return Math.max(0, node.path(field).asInt(0));
    }

    public static boolean has(JsonNode node, String field) {
        return node.path(field).isObject();
    }

    /// The custom id of a line that is not JSON as a whole, or not here as a whole.
    ///
    /// @return null where the line does not get that far
    public static @Nullable String customId(byte[] line) {
        try (JsonParser tokens = TOKENS.createParser(line)) {
            if (tokens.nextToken() != JsonToken.START_OBJECT) {
                return null;
            }
            while (tokens.nextToken() == JsonToken.FIELD_NAME) {
                boolean found = tokens.currentName().equals(CUSTOM_ID);
                JsonToken value = tokens.nextToken();
                if (found) {
                    return value == JsonToken.VALUE_STRING ? blankAsNull(tokens.getText()) : null;
                }
                tokens.skipChildren();
            }
            return null;
        } catch (IOException _) {
            return null;
        }
    }

    private static @Nullable String blankAsNull(String text) {
        return text.isBlank() ? null : text;
    }
}
