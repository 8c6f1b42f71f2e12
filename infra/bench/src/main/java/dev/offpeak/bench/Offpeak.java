package dev.offpeak.bench;

import java.io.UncheckedIOException;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// Offpeak's API as a client sees it.
public final class Offpeak {

    private static final int PAGE = 1000;
    private static final Duration LONGEST_STREAM = Duration.ofMinutes(5);

    private final Http http;
    private final URI base;
    private final String key;

    public Offpeak(Http http, URI base, String key) {
        this.http = http;
        this.base = base;
        this.key = key;
    }

    /// Takes `--url` and `--key`, or `--key-file`.
    static Offpeak from(Arguments arguments, Http http) {
        return new Offpeak(http, arguments.loopback("url", "http://127.0.0.1:8080"), Keys.read(arguments));
    }

    URI base() {
        return base;
    }

    public Reply send(String method, String path, @Nullable JsonNode body, String... headers) {
        var all = new ArrayList<>(List.of("Authorization", "Bearer " + key));
        if (body != null) {
            all.addAll(List.of("Content-Type", "application/json"));
        }
        all.addAll(List.of(headers));
        return http.send(method, base.resolve(path), body == null ? null : Json.bytes(body), all);
    }

    public Reply submit(ObjectNode job, String... headers) {
        return send("POST", "/v1/jobs", job, headers);
    }

    /// @return the id of the accepted job
    public String accept(ObjectNode job) {
        return submit(job).expect(200, 202).path("id").asString();
    }

    /// Uploads lines as a batch.
    ///
    /// @param query of the URL, `workflow=…&deadline=…`
    public Reply upload(String query, Path lines, String... headers) {
        var all = new ArrayList<>(List.of("Authorization", "Bearer " + key, "Content-Type", "application/x-ndjson"));
        all.addAll(List.of(headers));
        return http.sendFile("POST", base.resolve("/v1/batches?" + query), lines, LONGEST_STREAM, all);
    }

    public JsonNode batch(String id) {
        return send("GET", "/v1/batches/" + id, null).expect(200);
    }

    /// Every result that has landed, one by one.
    public void eachResult(String batch, Consumer<JsonNode> reader) {
        int status = http.lines(
                base.resolve("/v1/batches/" + batch + "/results"),
                LONGEST_STREAM,
                List.of("Authorization", "Bearer " + key),
                line -> reader.accept(Json.parse(line)));
        if (status != 200) {
            throw new IllegalStateException("the results of " + batch + " are not to be read: " + status);
        }
    }

    /// Every provider batch that the operator is shown, newest first.
    public List<JsonNode> providerBatches() {
        var all = new ArrayList<JsonNode>();
        String next = null;
        do {
            JsonNode page = list("/v1/provider-batches?limit=" + PAGE, next);
            page.path("data").forEach(all::add);
            next = cursor(page);
        } while (next != null);
        return all;
    }

    public void putWorkflow(String name, ObjectNode workflow) {
        send("PUT", "/v1/workflows/" + name, workflow).expect(200, 201);
    }

    /// Waits until no job of the tenant is queued, running or batched.
    ///
    /// @return whether that came true in time
    public boolean awaitIdle(Duration atMost) {
        return Waiting.until(
                () -> none("queued") && none("running") && none("batched"), atMost, Duration.ofMillis(200));
    }

    /// The present views of some jobs, found by reading the list from its newest end.
    public Map<String, JsonNode> read(Collection<String> ids) {
        var missing = new HashSet<>(ids);
        var found = new HashMap<String, JsonNode>();
        eachJob(job -> {
            String id = job.path("id").asString();
            if (missing.remove(id)) {
                found.put(id, job);
            }
            return !missing.isEmpty();
        });
        return found;
    }

    /// Every job from the newest on, page by page, until the reader wants no more pages.
    void eachJob(Predicate<JsonNode> reader) {
        String next = null;
        boolean more;
        do {
            JsonNode page = list("/v1/jobs?limit=" + PAGE, next);
            more = true;
            for (JsonNode job : page.path("data")) {
                more &= reader.test(job);
            }
            next = cursor(page);
        } while (next != null && more);
    }

    /// Every ledger entry since a moment, oldest or newest first as the API gives them.
    List<JsonNode> ledger(Instant from) {
        var entries = new ArrayList<JsonNode>();
        eachLedgerEntry(from, entries::add);
        return entries;
    }

    /// The same, page by page, for runs whose ledger is too long to hold.
    public void eachLedgerEntry(Instant from, Consumer<JsonNode> reader) {
        String next = null;
        do {
            JsonNode page = list("/v1/ledger?limit=" + PAGE + "&from=" + from, next);
            page.path("data").forEach(reader);
            next = cursor(page);
        } while (next != null);
    }

    /// Whether anything answers HTTP at that address.
    boolean answers() {
        try {
            return send("GET", "/v1/jobs?limit=1", null).status() == 200;
        } catch (UncheckedIOException _) {
            return false;
        }
    }

    private boolean none(String status) {
        return send("GET", "/v1/jobs?limit=1&status=" + status, null)
                .expect(200)
                .path("data")
                .isEmpty();
    }

    private JsonNode list(String path, @Nullable String after) {
        String page = after == null ? "" : "&after=" + URLEncoder.encode(after, StandardCharsets.UTF_8);
        return send("GET", path + page, null).expect(200);
    }

    private static @Nullable String cursor(JsonNode page) {
        JsonNode next = page.path("next");
        return next.isString() ? next.asString() : null;
    }
}
