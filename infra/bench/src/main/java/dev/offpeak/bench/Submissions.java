package dev.offpeak.bench;

import java.io.UncheckedIOException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.IntFunction;
import tools.jackson.databind.node.ObjectNode;

/// Many jobs, at full speed or at a rate. At full speed each client sends its next job when the last was answered.
///
/// @param ids of the accepted jobs
/// @param refusals count by status or "no answer"
/// @param nanos from the first request to the last answer
record Submissions(List<String> ids, Map<String, LongAdder> refusals, long nanos) {

    static Submissions send(Offpeak offpeak, int count, int clients, IntFunction<ObjectNode> job) {
        var ids = new ConcurrentLinkedQueue<String>();
        var refusals = new ConcurrentSkipListMap<String, LongAdder>();
        var next = new AtomicInteger();
        long start = System.nanoTime();
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int client = 0; client < clients; client++) {
                threads.execute(() -> {
                    for (int number = next.getAndIncrement(); number < count; number = next.getAndIncrement()) {
                        String refusal = one(offpeak, job.apply(number), ids);
                        if (!refusal.isEmpty()) {
                            refusals.computeIfAbsent(refusal, _ -> new LongAdder())
                                    .increment();
                        }
                    }
                });
            }
        }
        return new Submissions(List.copyOf(ids), refusals, System.nanoTime() - start);
    }

    /// One job every `1/rate` seconds, whether or not earlier ones were answered.
    static Submissions atRate(Offpeak offpeak, int rate, int count, IntFunction<ObjectNode> job) {
        var ids = new ConcurrentLinkedQueue<String>();
        var refusals = new ConcurrentSkipListMap<String, LongAdder>();
        long start = System.nanoTime();
        OpenLoop.run(OpenLoop.steady(rate, count), (number, _) -> {
            String refusal = one(offpeak, job.apply(number), ids);
            if (!refusal.isEmpty()) {
                refusals.computeIfAbsent(refusal, _ -> new LongAdder()).increment();
            }
        });
        return new Submissions(List.copyOf(ids), refusals, System.nanoTime() - start);
    }

    double perSecond() {
        return Math.round(ids.size() * 1e10 / nanos) / 10.0;
    }

    ObjectNode json() {
        ObjectNode json = Json.object().put("accepted", ids.size()).put("accepted_per_second", perSecond());
        ObjectNode refused = json.putObject("refused");
        refusals.forEach((why, count) -> refused.put(why, count.sum()));
        return json;
    }

    private static String one(Offpeak offpeak, ObjectNode job, ConcurrentLinkedQueue<String> ids) {
        try {
            Reply reply = offpeak.submit(job);
            if (reply.status() == 200 || reply.status() == 202) {
                ids.add(reply.json().path("id").asString());
                return "";
            }
            return reply.status() + " " + reply.json().path("code").asString("");
        } catch (UncheckedIOException _) {
            return "no answer";
        }
    }
}
