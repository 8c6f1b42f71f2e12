package dev.offpeak.simulator.openai;

import dev.offpeak.simulator.answers.Embedder;
import dev.offpeak.simulator.models.Models;
import dev.offpeak.simulator.serving.Call;
import dev.offpeak.simulator.serving.Ids;
import dev.offpeak.simulator.serving.Refused;
import dev.offpeak.simulator.state.Endpoint;
import tools.jackson.databind.JsonNode;

/// Reads the lines of batches as the calls that they stand for.
final class OpenAiCalls {
    static final String CHAT = "/v1/chat/completions";
    static final String RESPONSES = "/v1/responses";
    static final String EMBEDDINGS = "/v1/embeddings";

    private final Models models;
    private final Generation generation;
    private final Embedder embedder;
    private final Ids ids;

    OpenAiCalls(Models models, Generation generation, Embedder embedder, Ids ids) {
        this.models = models;
        this.generation = generation.batched();
        this.embedder = embedder;
        this.ids = ids;
    }

    Call read(String endpoint, JsonNode body) throws Refused {
        return switch (endpoint(endpoint)) {
            case RESPONSES ->
                new ResponseCall(ResponseRequest.read(body, models, generation.tokens()), generation, ids);
            case EMBEDDINGS -> EmbeddingCall.read(body, models, generation.tokens(), embedder);
            case CHAT_COMPLETIONS, MESSAGES, FILES, BATCHES_CREATED ->
                new ChatCall(ChatRequest.read(body, models, generation.tokens()), generation, ids);
        };
    }

    static Endpoint endpoint(String path) {
        return switch (path) {
            case CHAT -> Endpoint.CHAT_COMPLETIONS;
            case RESPONSES -> Endpoint.RESPONSES;
            case EMBEDDINGS -> Endpoint.EMBEDDINGS;
            default -> throw new IllegalArgumentException("no such endpoint of a batch: " + path);
        };
    }
}
