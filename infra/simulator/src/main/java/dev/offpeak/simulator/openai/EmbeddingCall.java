package dev.offpeak.simulator.openai;

import dev.offpeak.simulator.answers.Embedder;
import dev.offpeak.simulator.json.Json;
import dev.offpeak.simulator.models.Model;
import dev.offpeak.simulator.models.Models;
import dev.offpeak.simulator.models.Provider;
import dev.offpeak.simulator.models.Usage;
import dev.offpeak.simulator.serving.Call;
import dev.offpeak.simulator.serving.Refused;
import dev.offpeak.simulator.tokens.Tokens;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Set;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// One call of `POST /v1/embeddings`.
final class EmbeddingCall implements Call {
    private static final Set<String> KNOWN = Set.of("input", "model", "dimensions", "encoding_format", "user");
    private static final int MAX_INPUTS = 2048;

    private final Model model;
    private final List<String> inputs;
    private final long inputTokens;
    private final int dimensions;
    private final boolean base64;
    private final Embedder embedder;

    private EmbeddingCall(
            Model model, List<String> inputs, long inputTokens, int dimensions, boolean base64, Embedder embedder) {
        this.model = model;
        this.inputs = inputs;
        this.inputTokens = inputTokens;
        this.dimensions = dimensions;
        this.base64 = base64;
        this.embedder = embedder;
    }

    static EmbeddingCall read(JsonNode body, Models models, Tokens tokens, Embedder embedder) throws Refused {
        var fields = new Fields(body);
        fields.only(KNOWN, true);
        String name = fields.model();
        Model model = models.find(Provider.OPENAI, name);
        if (model == null) {
            throw OpenAiErrors.noSuchModel(name);
        }
        if (!model.embeds()) {
            throw new Refused(
                    403,
                    OpenAiErrors.INVALID,
                    "You are not allowed to generate embeddings from this model",
                    null,
                    null,
                    null);
        }
        Long dimensions = fields.integer("dimensions", 1, model.dimensions());
        if (dimensions != null && !name.startsWith("text-embedding-3")) {
            throw OpenAiErrors.bad(null, null, "This model does not support specifying dimensions.");
        }
        String format = fields.oneOf("encoding_format", List.of("float", "base64"));
        List<String> inputs = inputs(body.path("input"), name, tokens);
        long sum = 0;
        for (String input : inputs) {
            int count = tokens.count(name, input);
            if (count > model.contextTokens()) {
                throw OpenAiErrors.contextExceeded("input", model.contextTokens(), count);
            }
            sum += count;
        }
        return new EmbeddingCall(
                model,
                inputs,
                sum,
                dimensions == null ? model.dimensions() : dimensions.intValue(),
                "base64".equals(format),
                embedder);
    }

    @Override
    public String model() {
        return model.name();
    }

    @Override
    public String prompt() {
        return inputs.getLast();
    }

    @Override
    public long inputTokens() {
        return inputTokens;
    }

    @Override
    public boolean streams() {
        return false;
    }

    @Override
    public Ran run(Instant now, Instant answeredAt) {
        return new Ran(new Usage(inputTokens, 0, 0, 0, 0), 0, () -> Json.bytes(document()), List::of);
    }

    private ObjectNode document() {
        ObjectNode body = Json.object().put("object", "list");
        ArrayNode data = body.putArray("data");
        for (int i = 0; i < inputs.size(); i++) {
            float[] vector = embedder.embed(model.name(), inputs.get(i), model.dimensions(), dimensions);
            ObjectNode one = data.addObject().put("object", "embedding").put("index", i);
            if (base64) {
                one.put("embedding", base64(vector));
            } else {
                ArrayNode numbers = one.putArray("embedding");
                for (float number : vector) {
                    numbers.add(number);
                }
            }
        }
        body.put("model", model.name());
        body.putObject("usage").put("prompt_tokens", inputTokens).put("total_tokens", inputTokens);
        return body;
    }

    private static String base64(float[] vector) {
        ByteBuffer bytes = ByteBuffer.allocate(vector.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        bytes.asFloatBuffer().put(vector);
        return Base64.getEncoder().encodeToString(bytes.array());
    }

    /// A text, texts, tokens, or lists of tokens.
    private static List<String> inputs(JsonNode input, String model, Tokens tokens) throws Refused {
        List<String> inputs = new ArrayList<>();
        if (input.isMissingNode() || input.isNull()) {
            throw OpenAiErrors.missing("input");
        }
        if (input.isString()) {
            inputs.add(input.stringValue());
        } else if (input.isArray() && input.path(0).isIntegralNumber()) {
            inputs.add(text(input, "input", model, tokens));
        } else if (input.isArray()) {
            for (JsonNode one : input) {
                String path = "input[" + inputs.size() + "]";
                if (one.isString()) {
                    inputs.add(one.stringValue());
                } else if (one.isArray()) {
                    inputs.add(text(one, path, model, tokens));
                } else {
                    throw OpenAiErrors.wrongType(path, "a string or an array of tokens", Json.typeOf(one));
                }
            }
        } else {
            throw OpenAiErrors.wrongType("input", "a string or an array", Json.typeOf(input));
        }
        if (inputs.isEmpty() || inputs.size() > MAX_INPUTS) {
            throw OpenAiErrors.bad(
                    "input",
                    null,
                    "Invalid 'input': expected 1 to " + MAX_INPUTS + " items, got " + inputs.size() + ".");
        }
        if (inputs.stream().anyMatch(String::isEmpty)) {
            throw OpenAiErrors.bad("input", null, "'input' cannot be an empty string.");
        }
        return inputs;
    }

    private static String text(JsonNode array, String path, String model, Tokens tokens) throws Refused {
        int[] ids = new int[array.size()];
        for (int i = 0; i < ids.length; i++) {
            JsonNode id = array.get(i);
            if (!id.isIntegralNumber() || !id.canConvertToInt() || id.asInt() < 0 || id.asInt() >= 100_000) {
                throw OpenAiErrors.bad(path, null, "Invalid '" + path + "': not a list of token ids.");
            }
            ids[i] = id.asInt();
        }
        return tokens.text(model, ids);
    }
}
