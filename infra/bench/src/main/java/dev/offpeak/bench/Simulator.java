package dev.offpeak.bench;

import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// The provider simulator's control surface.
public final class Simulator {

    private static final Duration LONGEST_STREAM = Duration.ofMinutes(5);

    private final Http http;
    private final URI base;

    public Simulator(Http http, URI base) {
        this.http = http;
        this.base = base;
    }

    static Simulator from(Arguments arguments, Http http) {
        return new Simulator(http, arguments.loopback("simulator", "http://127.0.0.1:8090"));
    }

    SimulatorStats stats() {
        return SimulatorStats.of(http.send("GET", base.resolve("/_sim/stats?by_prompt=false"), null, List.of())
                .expect(200));
    }

    /// Forgets what ran, keeps how it behaves.
    void resetCounts() {
        http.send("POST", base.resolve("/_sim/reset?keep=behaviour"), null, List.of())
                .expect(200, 204);
    }

    /// Sets every field, those not named to their defaults.
    public void behave(ObjectNode changes) {
        ObjectNode behaviour = Json.object()
                .put("latency_ms", 0)
                .put("latency_jitter_ms", 0)
                .put("error_rate", 0.0)
                .put("error_status", 500)
                .putNull("rate_limit_rpm")
                .putNull("rate_limit_tpm")
                .put("hang_rate", 0.0)
                .put("malformed_rate", 0.0);
        behaviour.setAll(changes);
        http.send(
                        "PUT",
                        base.resolve("/_sim/behaviour"),
                        Json.bytes(behaviour),
                        List.of("Content-Type", "application/json"))
                .expect(200, 204);
    }

    /// Sets how batches behave that are created from now on: the fields of the contract that are not named go to their
    /// defaults, others stay.
    public void behaveInBatches(ObjectNode changes) {
        ObjectNode batch = Json.object()
                .put("seconds_to_complete", 2)
                .put("line_error_rate", 0.0)
                .put("line_lost_rate", 0.0)
                .putNull("expire_after_seconds")
                .put("stall", false)
                .putNull("enqueued_token_limit")
                .put("create_fails_after_creating_rate", 0.0)
                .put("output_file_delay_seconds", 0);
        batch.setAll(changes);
        ObjectNode behaviour = Json.object();
        behaviour.set("batch", batch);
        http.send(
                        "PUT",
                        base.resolve("/_sim/behaviour"),
                        Json.bytes(behaviour),
                        List.of("Content-Type", "application/json"))
                .expect(200, 204);
    }

    /// Each batch that was ever created here, with what became of it.
    public List<JsonNode> batches() {
        var all = new ArrayList<JsonNode>();
        eachLine("/_sim/batches", all::add);
        return all;
    }

    /// Each execution, one by one.
    public void eachExecution(Consumer<JsonNode> reader) {
        eachLine("/_sim/executions", reader);
    }

    private void eachLine(String path, Consumer<JsonNode> reader) {
        int status = http.lines(base.resolve(path), LONGEST_STREAM, List.of(), line -> reader.accept(Json.parse(line)));
        if (status != 200) {
            throw new IllegalStateException("the simulator does not list " + path + ": " + status);
        }
    }

    public Reply call(String method, String path, byte[] body, List<String> headers) {
        return http.send(method, base.resolve(path), body.length == 0 ? null : body, headers);
    }

    JsonNode post(String path, JsonNode body, int status) {
        return call(
                        "POST",
                        path,
                        Json.bytes(body),
                        List.of("Content-Type", "application/json", "Authorization", "Bearer bench"))
                .expect(status);
    }
}
