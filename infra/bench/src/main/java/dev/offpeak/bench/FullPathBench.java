package dev.offpeak.bench;

import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.Map;
import java.util.Random;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// Whole jobs at full speed against a simulator that answers at once: submission, claim, call, outcome, ledger, and in
/// the second round a webhook each; then at a rate that leaves the machine room, for the webhooks' own delay. What the
/// simulator counted must agree with what the ledger says.
final class FullPathBench implements Command {

    private final Clock clock;
    private final Offpeak offpeak;
    private final Simulator simulator;
    private final Prompts prompts;
    private final String workflow;
    private final int count;
    private final int clients;
    private final int warmUp;
    private final int webhookRate;
    private final int webhookSeconds;
    private final Duration patience;
    private final int seed;

    FullPathBench(Arguments arguments, Clock clock) {
        var http = new Http();
        this.clock = clock;
        this.offpeak = Offpeak.from(arguments, http);
        this.simulator = Simulator.from(arguments, http);
        this.prompts = Runs.prompts("full-path", arguments, clock);
        this.workflow = arguments.text("workflow", "classify");
        this.count = arguments.whole("count", 5_000, 1, 100_000);
        this.clients = arguments.whole("clients", 32, 1, 512);
        this.warmUp = arguments.whole("warm-up", 1_000, 0, 20_000);
        this.webhookRate = arguments.whole("webhook-rate", 50, 1, 1_000);
        this.webhookSeconds = arguments.whole("webhook-seconds", 20, 1, 300);
        this.patience = Duration.ofSeconds(arguments.whole("patience-seconds", 300, 1, 1_800));
        this.seed = Runs.seed(arguments);
    }

    @Override
    public Findings run() throws IOException {
        simulator.behave(Json.object());
        Submissions.send(offpeak, warmUp, clients, number -> prompts.job(workflow, -1 - number));
        offpeak.awaitIdle(patience);

        var figures = Json.object();
        boolean passed = round(figures.putObject("without_webhooks"), count, null, () -> atFullSpeed(0, null));
        var secret = new byte[24];
        new Random(seed).nextBytes(secret);
        try (var receiver = new WebhookReceiver(clock, secret)) {
            passed &= round(figures.putObject("with_webhooks"), count, receiver, () -> atFullSpeed(count, receiver));
        }
        int calm = webhookRate * webhookSeconds;
        try (var receiver = new WebhookReceiver(clock, secret)) {
            passed &= round(
                    figures.putObject("with_webhooks_at_a_rate"),
                    calm,
                    receiver,
                    () -> Submissions.atRate(offpeak, webhookRate, calm, number -> job(2 * count + number, receiver)));
        }
        return new Findings(passed, figures);
    }

    private Submissions atFullSpeed(int firstNumber, @Nullable WebhookReceiver receiver) {
        return Submissions.send(offpeak, count, clients, number -> job(firstNumber + number, receiver));
    }

    private boolean round(
            ObjectNode figures, int expected, @Nullable WebhookReceiver receiver, Supplier<Submissions> submissions) {
        SimulatorStats before = simulator.stats();
        Instant from = clock.instant().minusSeconds(5);
        Submissions sent = submissions.get();
        boolean ended = offpeak.awaitIdle(patience);
        Map<String, JsonNode> jobs = offpeak.read(sent.ids());

        figures.set("intake", sent.json());
        figures.set(
                "from_first_submission",
                Throughput.fromSubmission(jobs.values()).json());
        long succeeded = countOf(jobs.values(), "succeeded");
        SimulatorStats ran = simulator.stats().since(before);
        LedgerSums ledger = LedgerSums.of(offpeak.ledger(from), jobs.keySet());
        TokenTable difference = ledger.tokens().minus(ran.tokens());
        figures.put("all_jobs_ended", ended)
                .put("succeeded", succeeded)
                .put("simulator_executions", ran.executions())
                .put("simulator_repeated", ran.repeated())
                .put("ledger_confirmed", ledger.confirmed())
                .put("ledger_unconfirmed", ledger.unconfirmed())
                .put("ledger_tokens", ledger.tokens().total());
        figures.set("token_difference_ledger_minus_simulator", difference.json());
        boolean agrees = ended
                && succeeded == expected
                && ran.executions() == expected
                && ran.repeated() == 0
                && ledger.confirmed() == expected
                && difference.isEmpty();
        return receiver == null ? agrees : agrees & webhooks(figures, receiver, jobs);
    }

    private boolean webhooks(ObjectNode figures, WebhookReceiver receiver, Map<String, JsonNode> jobs) {
        boolean all = Waiting.until(() -> receiver.jobs() >= jobs.size(), patience, Duration.ofMillis(100));
        var latencies = new Latencies();
        receiver.firstTries().forEach((id, arrived) -> {
            JsonNode job = jobs.get(id);
            if (job != null) {
                JobTimes.at(job, "finished_at").ifPresent(end -> latencies.record(Duration.between(end, arrived)));
            }
        });
        figures.set("outcome_to_first_webhook_try", latencies.summary());
        figures.put("webhooks_delivered", receiver.jobs())
                .put("webhook_tries", receiver.tries())
                .put("webhook_bad_signatures", receiver.badSignatures())
                .put("goal_p95_at_most_500_ms", latencies.percentileMillis(95) <= 500);
        return all && receiver.badSignatures() == 0;
    }

    private ObjectNode job(int number, @Nullable WebhookReceiver receiver) {
        ObjectNode job = prompts.job(workflow, number);
        if (receiver != null) {
            job.putObject("webhook").put("url", receiver.url()).put("secret", receiver.secretText());
        }
        return job;
    }

    private static long countOf(Collection<JsonNode> jobs, String status) {
        return jobs.stream()
                .filter(job -> status.equals(job.path("status").asString()))
                .count();
    }
}
