package dev.offpeak.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// Sends every malformed request and writes down the answer: each must be a 4xx problem with a code, and none may leave
/// a job or reach the provider.
final class MalformedTable implements Command {

    private static final Duration LONGEST_UNREAD = Duration.ofSeconds(10);

    private final Http http = new Http();
    private final Offpeak offpeak;
    private final Simulator simulator;
    private final String key;

    MalformedTable(Arguments arguments) {
        this.offpeak = Offpeak.from(arguments, http);
        this.simulator = Simulator.from(arguments, http);
        this.key = Keys.read(arguments);
    }

    @Override
    public Findings run() {
        MalformedRequest.Foreign foreign = anotherTenant();
        offpeak.awaitIdle(Duration.ofSeconds(60));
        List<String> jobsBefore = newestJobs();
        SimulatorStats before = simulator.stats();

        ArrayNode rows = Json.array();
        int bad = 0;
        List<MalformedRequest> cases = MalformedRequest.all(foreign);
        for (MalformedRequest one : cases) {
            ObjectNode row = row(one);
            rows.add(row);
            int status = row.path("status").asInt();
            if (status < 400 || status > 499 || row.path("code").asString("").isEmpty()) {
                bad++;
            }
        }
        offpeak.awaitIdle(Duration.ofSeconds(60));
        boolean noJob = newestJobs().equals(jobsBefore);
        SimulatorStats ran = simulator.stats().since(before);
        boolean noCall = ran.executions() == 0 && ran.calls().values().stream().allMatch(calls -> calls == 0);

        var figures = Json.object()
                .put("cases", cases.size())
                .put("not_refused_with_a_4xx_code", bad)
                .put("jobs_list_unchanged", noJob)
                .put("simulator_untouched", noCall);
        figures.set("rows", rows);
        return new Findings(bad == 0 && noJob && noCall, figures);
    }

    private MalformedRequest.Foreign anotherTenant() {
        String tenant = offpeak.send("POST", "/v1/tenants", Json.object().put("name", "bench neighbour"))
                .expect(200, 201)
                .path("id")
                .asString();
        ObjectNode wanted = Json.object().put("tenant", tenant);
        wanted.putArray("scopes").add("jobs").add("read");
        String itsKey = offpeak.send("POST", "/v1/api-keys", wanted)
                .expect(200, 201)
                .path("key")
                .asString();
        String job = new Offpeak(http, offpeak.base(), itsKey)
                .accept(Json.object().put("workflow", "classify").put("prompt", "a neighbour's question " + tenant));
        new Offpeak(http, offpeak.base(), itsKey).awaitIdle(Duration.ofSeconds(60));
        return new MalformedRequest.Foreign(itsKey, job);
    }

    private List<String> newestJobs() {
        var ids = new ArrayList<String>();
        for (JsonNode job :
                offpeak.send("GET", "/v1/jobs?limit=1000", null).expect(200).path("data")) {
            ids.add(job.path("id").asString());
        }
        return ids;
    }

    private ObjectNode row(MalformedRequest one) {
        ObjectNode row = Json.object().put("case", one.name());
        try {
            if (one.declaredLength() >= 0) {
                return row.put("status", unread(one))
                        .put("code", "answered before any body was sent")
                        .put("field", "");
            }
            Reply reply = send(one);
            JsonNode problem = reply.json();
            return row.put("status", reply.status())
                    .put("code", problem.path("code").asString(""))
                    .put("field", fieldOf(problem));
        } catch (IOException | UncheckedIOException | IllegalArgumentException e) {
            return row.put("status", 0).put("code", "").put("field", "no answer: " + e.getMessage());
        }
    }

    private Reply send(MalformedRequest one) {
        var headers = new ArrayList<>(one.headers());
        int own = headers.indexOf("Authorization");
        if (own < 0) {
            headers.addAll(List.of("Authorization", "Bearer " + key));
        } else if (headers.get(own + 1).isEmpty()) {
            headers.subList(own, own + 2).clear();
        }
        return http.send(
                one.method(),
                URI.create(offpeak.base() + one.path()),
                one.body().length == 0 && !"POST".equals(one.method()) ? null : one.body(),
                headers);
    }

    /// Announces a body, sends none, and wants the answer all the same.
    private int unread(MalformedRequest one) throws IOException {
        URI base = offpeak.base();
        try (var socket = new Socket(base.getHost(), base.getPort())) {
            socket.setSoTimeout((int) LONGEST_UNREAD.toMillis());
            String head = one.method() + " " + one.path() + " HTTP/1.1\r\nHost: " + base.getHost()
                    + "\r\nAuthorization: Bearer " + key + "\r\nContent-Type: " + MalformedRequest.JSON
                    + "\r\nContent-Length: " + one.declaredLength() + "\r\n\r\n";
            socket.getOutputStream().write(head.getBytes(StandardCharsets.US_ASCII));
            socket.getOutputStream().flush();
            byte[] answer = socket.getInputStream().readNBytes("HTTP/1.1 413".length());
            return Integer.parseInt(new String(answer, StandardCharsets.US_ASCII).substring("HTTP/1.1 ".length()));
        }
    }

    /// The field that the problem names: `field`, or those of its list of errors.
    private static String fieldOf(JsonNode problem) {
        if (problem.path("field").isString()) {
            return problem.path("field").asString();
        }
        var fields = new ArrayList<String>();
        problem.path("errors")
                .forEach(error -> fields.add(
                        error.path("field").asString(error.path("pointer").asString(""))));
        return String.join(", ", fields);
    }
}
