package dev.offpeak.bench;

import static java.util.stream.Collectors.toCollection;

import java.io.IOException;
import java.io.PrintStream;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// Many lines through both providers' batch APIs, with everything going wrong that may: lines that fail, lines that get
/// lost, a provider batch that expires with half of its lines done, one that is refused for its tokens. Each line must
/// have one result, and the ledger must be what the simulator billed, to the token and the last digit.
final class BatchRun implements Command {

    private static final String ANTHROPIC = "bench-batch-anthropic";
    private static final String OPENAI = "bench-batch-openai";
    private static final int SAMPLES = 50;

    /// Offpeak's own first guess for such models is 2,000,000: a limit above that would refuse nothing.
    private static final long MOST_THAT_IS_LOWER = 1_000_000;

    private static final Duration LOOK_FOR_THE_FIRST = Duration.ofMillis(20);

    private final Clock clock;
    private final PrintStream err;
    private final Site.Asked asked;
    private final Prompts prompts;
    private final String run;
    private final int lines;
    private final int bulksOfEach;
    private final double errorRate;
    private final double lostRate;
    private final int secondsToComplete;
    private final int expireAfterSeconds;
    private final int askedTokenLimit;
    private final String openAiModel;
    private final String anthropicModel;
    private final Duration patience;
    private final int seed;
    private final @Nullable String out;
    private long tokenLimit;

    BatchRun(Arguments arguments, Clock clock, PrintStream err) {
        this.clock = clock;
        this.err = err;
        this.asked = Site.Asked.from(arguments, false);
        this.prompts = Runs.prompts("batch-run", arguments, clock);
        this.run = Long.toString(clock.millis(), Character.MAX_RADIX);
        this.seed = Runs.seed(arguments);
        this.lines = arguments.whole("lines", 20_000, 4, 1_000_000);
        this.bulksOfEach = arguments.whole("bulks-of-each", 1, 1, 50);
        this.errorRate = arguments.share("line-error-rate", 0.02);
        this.lostRate = arguments.share("line-lost-rate", 0.01);
        this.secondsToComplete = arguments.whole("seconds-to-complete", 5, 0, 600);
        this.expireAfterSeconds = arguments.whole("expire-after-seconds", 4, 1, 600);
        this.askedTokenLimit = arguments.whole("token-limit", 0, 0, Integer.MAX_VALUE);
        this.openAiModel = arguments.text("openai-model", "gpt-4o-mini");
        this.anthropicModel = arguments.text("anthropic-model", "claude-haiku-4-5");
        this.patience = Duration.ofSeconds(arguments.whole("patience-seconds", 1_200, 10, 7_200));
        this.out = arguments.find("out");
    }

    private record Sent(String id, String name, int lines) {}

    @Override
    public Findings run() throws Exception {
        try (Site site = asked.open(Map.of(), clock, err)) {
            Findings findings = run(site);
            if (out != null) {
                Files.writeString(Path.of(out), Json.pretty(findings.figures()) + "\n");
            }
            return findings;
        }
    }

    private Findings run(Site site) throws IOException {
        Offpeak offpeak = site.offpeak();
        Simulator simulator = site.simulator();
        var bulks = new Bulks(offpeak, clock, err, "batch-run");
        offpeak.putWorkflow(ANTHROPIC, Bulks.workflow("anthropic", anthropicModel, 300, "PT24H"));
        offpeak.putWorkflow(OPENAI, Bulks.workflow("openai", openAiModel, 300, "PT24H"));
        tokenLimit = askedTokenLimit == 0 ? thirdOfWhatIsNeeded(simulator) : askedTokenLimit;
        bulks.say("the simulator takes %d tokens of %s at once".formatted(tokenLimit, openAiModel));
        SimulatorStats before = simulator.stats();
        Set<String> known = refused(simulator);
        Instant from = clock.instant().minusSeconds(5);
        long start = System.nanoTime();
        var sent = new ArrayList<Sent>();
        boolean over;
        boolean reconciled;
        try {
            simulator.behave(Json.object().put("seed", seed).put("latency_ms", 50));
            simulator.behaveInBatches(conduct().put("expire_after_seconds", expireAfterSeconds));
            int each = lines / 2 / bulksOfEach;
            for (int number = 0; number < bulksOfEach; number++) {
                sent.add(send(bulks, ANTHROPIC, "a" + number, each, number * each));
                if (number == 0) {
                    awaitFirst(simulator, before);
                    simulator.behaveInBatches(conduct()); // the batch that is there keeps what it was created with
                }
            }
            for (int number = 0; number < bulksOfEach; number++) {
                int its = number == bulksOfEach - 1 ? lines - each * (2 * bulksOfEach - 1) : each;
                sent.add(send(bulks, OPENAI, "o" + number, its, lines / 2 + number * each));
            }
            over = bulks.awaitOver(sent.stream().map(Sent::id).toList(), patience);
            reconciled = bulks.awaitReconciled(patience);
        } finally {
            simulator.behave(Json.object());
            simulator.behaveInBatches(Json.object());
        }
        double seconds = Math.round((System.nanoTime() - start) / 1e8) / 10.0;
        Set<String> refused = refused(simulator);
        refused.removeAll(known);
        return judge(offpeak, simulator.stats().since(before), refused.size(), sent, from, over, reconciled, seconds);
    }

    /// Offpeak takes the account's limit to be higher, and learns. What lines need the simulator says of some that are
    /// no
    /// lines: none of those may run twice.
    private long thirdOfWhatIsNeeded(Simulator simulator) {
        int openAiLines = lines - lines / 2;
        int samples = Math.min(SAMPLES, openAiLines);
        long tokens = 0;
        for (int sample = 0; sample < samples; sample++) {
            ObjectNode request = Json.object().put("model", openAiModel).put("max_tokens", 1);
            request.putArray("messages").addObject().put("role", "user").put("content", prompts.prompt(lines + sample));
            tokens += simulator
                    .post("/v1/chat/completions", request, 200)
                    .path("usage")
                    .path("prompt_tokens")
                    .asLong();
        }
        return third(tokens, samples, openAiLines);
    }

    static long third(long tokens, int samples, int lines) {
        return Math.clamp(tokens * lines / samples / 3, 1, MOST_THAT_IS_LOWER);
    }

    /// Batches that the simulator has failed before they ran: in this run its limit of tokens is the only reason.
    private static Set<String> refused(Simulator simulator) {
        return simulator.batches().stream()
                .filter(batch -> batch.path("status").asString("").equals("failed"))
                .map(batch -> batch.path("id").asString(""))
                .collect(toCollection(HashSet::new));
    }

    private ObjectNode conduct() {
        return Json.object()
                .put("seconds_to_complete", secondsToComplete)
                .put("line_error_rate", errorRate)
                .put("line_lost_rate", lostRate)
                .put("enqueued_token_limit", tokenLimit);
    }

    private Sent send(Bulks bulks, String workflow, String name, int count, int firstNumber) throws IOException {
        String unique = name + "-" + run;
        try (var file = LineFile.write(unique, count, number -> line(firstNumber + number))) {
            return new Sent(bulks.upload(workflow, file, ""), unique, count);
        }
    }

    private ObjectNode line(int number) {
        return Json.object()
                .put("prompt", prompts.prompt(number))
                .put("user", "u_" + number % 50)
                .put("feature", "f_" + number % 3)
                .put("max_output_tokens", 256 + number % 3 * 32); // no answer is cut off
    }

    private void awaitFirst(Simulator simulator, SimulatorStats before) {
        boolean created = Waiting.until(
                () -> simulator.stats().since(before).calls().getOrDefault("batches_created", 0L) > 0,
                patience,
                LOOK_FOR_THE_FIRST);
        if (!created) {
            throw new IllegalStateException("no provider batch was created in " + patience);
        }
    }

    private Findings judge(
            Offpeak offpeak,
            SimulatorStats ran,
            int refusedThere,
            List<Sent> sent,
            Instant from,
            boolean over,
            boolean reconciled,
            double seconds) {
        var demands =
                new Demands().that("every_bulk_is_over", over).that("every_provider_batch_is_reconciled", reconciled);
        ObjectNode figures =
                Json.object().put("lines", lines).put("seconds", seconds).put("enqueued_token_limit", tokenLimit);
        ObjectNode results = figures.putObject("bulks");
        var jobs = new HashSet<String>();
        var receipts = BigDecimal.ZERO;
        for (Sent one : sent) {
            var its = new LineResults(one.name(), one.lines());
            offpeak.eachResult(one.id(), its::add);
            JsonNode bulk = offpeak.batch(one.id());
            demands.that("every_line_has_exactly_one_result", its.exactlyOne())
                    .that("every_line_succeeded", its.allSucceeded())
                    .that("batches_count_what_their_results_are", its.agreesWith(bulk.path("counts")))
                    .that("every_receipt_is_final", its.open() == 0);
            receipts = receipts.add(its.billed());
            jobs.addAll(its.jobs());
            ObjectNode json = its.json().put("status", bulk.path("status").asString(""));
            json.set("estimate_usd", bulk.path("estimate_usd"));
            json.set("cost", bulk.path("cost"));
            results.set(one.id(), json);
        }
        demands.that("no_job_stands_for_two_lines", jobs.size() == lines);
        var money = new MoneyProof(jobs::contains);
        offpeak.eachLedgerEntry(from, money::add);
        money.judge(ran, demands);
        demands.that("receipts_sum_to_the_ledger", receipts.compareTo(money.billed()) == 0);
        var fates = new ProviderBatchFates();
        for (JsonNode batch : offpeak.providerBatches()) {
            if (JobTimes.at(batch, "created_at").filter(at -> at.isBefore(from)).isEmpty()) {
                fates.add(batch);
            }
        }
        fates.judge(errorRate, lostRate, refusedThere, demands);
        figures.set("provider_batches", fates.json().put("refused_by_the_simulator", refusedThere));
        figures.set("money", money.json(ran));
        figures.set("rows", money.rows(ran));
        figures.set("demands", demands.json());
        err.print(Bench.table(figures));
        return new Findings(demands.hold(), figures);
    }
}
