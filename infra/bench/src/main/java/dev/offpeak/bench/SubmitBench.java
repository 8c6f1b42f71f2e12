package dev.offpeak.bench;

import java.io.UncheckedIOException;
import java.time.Clock;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.LongAdder;

/// How long `POST /v1/jobs` takes at a fixed rate, commit included, from the moment each request was due.
final class SubmitBench implements Command {

    private final Offpeak offpeak;
    private final Prompts prompts;
    private final String workflow;
    private final int rate;
    private final int seconds;
    private final int warmUpSeconds;
    private final Duration drain;

    SubmitBench(Arguments arguments, Clock clock) {
        this.offpeak = Offpeak.from(arguments, new Http());
        this.prompts = Runs.prompts("submit", arguments, clock);
        this.workflow = arguments.text("workflow", "classify");
        this.rate = arguments.whole("rate", 300, 1, 5_000);
        this.seconds = arguments.whole("seconds", 30, 1, 600);
        this.warmUpSeconds = arguments.whole("warm-up-seconds", 10, 0, 120);
        this.drain = Duration.ofSeconds(arguments.whole("drain-seconds", 180, 0, 900));
    }

    @Override
    public Findings run() {
        int warmUp = rate * warmUpSeconds;
        var latencies = new Latencies();
        Map<String, LongAdder> answers = new ConcurrentSkipListMap<>();
        OpenLoop.run(OpenLoop.steady(rate, rate * (warmUpSeconds + seconds)), (number, due) -> {
            String answer = submit(number);
            if (number >= warmUp) {
                latencies.recordNanos(System.nanoTime() - due);
                answers.computeIfAbsent(answer, _ -> new LongAdder()).increment();
            }
        });
        boolean drained = offpeak.awaitIdle(drain);

        var figures = Json.object();
        figures.set("reply", latencies.summary());
        var counts = figures.putObject("answers");
        answers.forEach((answer, count) -> counts.put(answer, count.sum()));
        long refused = answers.entrySet().stream()
                .filter(answer -> !"200".equals(answer.getKey()) && !"202".equals(answer.getKey()))
                .mapToLong(answer -> answer.getValue().sum())
                .sum();
        figures.put("errors", refused).put("all_jobs_ended_afterwards", drained);
        var goals = figures.putObject("goals");
        goals.put("p50_at_most_5_ms", latencies.percentileMillis(50) <= 5);
        goals.put("p99_at_most_25_ms", latencies.percentileMillis(99) <= 25);
        return new Findings(refused == 0 && drained, figures);
    }

    private String submit(int number) {
        try {
            return Integer.toString(
                    offpeak.submit(prompts.job(workflow, number)).status());
        } catch (UncheckedIOException _) {
            return "no answer";
        }
    }
}
