package dev.offpeak.simulator.anthropic;

import static dev.offpeak.simulator.anthropic.AnthropicDialect.bad;

import dev.offpeak.simulator.json.Json;
import dev.offpeak.simulator.serving.Refused;
import java.io.BufferedOutputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.exc.JacksonIOException;
import tools.jackson.databind.JsonNode;

/// Reads the body of `POST /v1/messages/batches` as it comes in, one request at a time, and writes each to a
/// line of its own.
final class MessageBatchIntake {
    static final long MAX_BYTES = 256L << 20;

    private static final long MAX_REQUESTS = 100_000;
    private static final Pattern CUSTOM_ID = Pattern.compile("[a-zA-Z0-9_-]{1,64}");
    private static final Set<String> FIELDS = Set.of("custom_id", "params");

    private final long maxRequests;
    private final Set<String> customIds = new HashSet<>();
    private @Nullable String firstId;
    private long count;

    MessageBatchIntake(@Nullable Long maxRequests) {
        this.maxRequests = maxRequests == null ? MAX_REQUESTS : maxRequests;
    }

    long count() {
        return count;
    }

    @Nullable String firstId() {
        return firstId;
    }

    /// Throws [Refused] where something is at fault that is found at once.
    void read(InputStream body, Path lines) throws Refused, IOException {
        var bounded = new Bounded(body);
        try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(lines), 1 << 16);
                JsonParser parser = Json.mapper().createParser(bounded)) {
            document(parser, out);
        } catch (JacksonIOException e) {
            throw e.getCause() instanceof IOException cause ? cause : new IOException(e);
        } catch (JacksonException e) {
            throw bounded.exceeded ? tooLarge() : bad("The request body is not valid JSON");
        }
        if (bounded.exceeded) {
            throw tooLarge();
        }
        if (count == 0) {
            throw bad("requests: List should have at least 1 item after validation, not 0");
        }
    }

    private void document(JsonParser parser, OutputStream out) throws Refused, IOException {
        if (parser.nextToken() != JsonToken.START_OBJECT) {
            throw bad("The request body is not valid JSON");
        }
        while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
            String name = parser.currentName();
            if (!"requests".equals(name)) {
                throw bad(name + ": Extra inputs are not permitted");
            }
            if (parser.nextToken() != JsonToken.START_ARRAY) {
                throw bad("requests: Input should be a valid list");
            }
            while (parser.nextToken() != JsonToken.END_ARRAY) {
                JsonNode request = Json.at(parser);
                judge(request, "requests." + count);
                count++;
                if (count > maxRequests) {
                    throw tooLarge();
                }
                out.write(Json.line(request));
            }
        }
        parser.nextToken();
    }

    private void judge(JsonNode request, String path) throws Refused {
        if (!request.isObject()) {
            throw bad(path + ": Input should be a valid dictionary");
        }
        for (String name : request.propertyNames()) {
            if (!FIELDS.contains(name)) {
                throw bad(path + "." + name + ": Extra inputs are not permitted");
            }
        }
        String customId = Json.string(request, "custom_id");
        if (customId == null) {
            throw bad(path + ".custom_id: Field required");
        }
        if (!CUSTOM_ID.matcher(customId).matches()) {
            throw bad(path + ".custom_id: String should match pattern '^[a-zA-Z0-9_-]{1,64}$'");
        }
        if (!customIds.add(customId)) {
            throw bad(path + ".custom_id: '" + customId + "' is used more than once in this batch");
        }
        if (firstId == null) {
            firstId = customId;
        }
        params(request.path("params"), path + ".params");
    }

    private static void params(JsonNode params, String path) throws Refused {
        if (!params.isObject()) {
            throw bad(path + ": " + (params.isMissingNode() ? "Field required" : "Input should be a valid dictionary"));
        }
        if (params.path("stream").asBoolean(false)) {
            throw bad(path + ".stream: streaming is not supported in batches");
        }
        if (Json.has(params, "speed")) {
            throw bad(path + ".speed: this parameter is not supported in batches");
        }
        JsonNode max = params.path("max_tokens");
        if (max.isIntegralNumber() && max.asLong(1) == 0) {
            throw bad(path + ".max_tokens: 0 is not supported in batches");
        }
    }

    private static Refused tooLarge() {
        return new Refused(413, "request_too_large", "Request exceeds the maximum size", null, null, null);
    }

    /// Ends early where the body is too large, and remembers it.
    private static final class Bounded extends FilterInputStream {
        private long left = MAX_BYTES;
        private boolean exceeded;

        private Bounded(InputStream in) {
            super(in);
        }

        @Override
        public int read() throws IOException {
            var one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte[] into, int offset, int length) throws IOException {
            if (left == 0) {
                exceeded |= super.read() >= 0;
                return -1;
            }
            int size = super.read(into, offset, (int) Math.min(length, left));
            left -= Math.max(size, 0);
            return size;
        }
    }
}
