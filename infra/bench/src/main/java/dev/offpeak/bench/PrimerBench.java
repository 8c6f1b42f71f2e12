package dev.offpeak.bench;

import java.io.IOException;
import java.io.PrintStream;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/// Lines that share a long prompt prefix, through Anthropic's batches: what one costs with Offpeak's planning of the
/// provider's prompt cache, and what without. The simulator's rule is the measured one: lines of one cold batch never
/// read what the others write, lines of a batch after the primer's end all do.
///
/// Two clusters, one after the other, for planning is a setting of theirs.
final class PrimerBench implements Command {

    private static final String WORKFLOW = "bench-primer";
    private static final double GOAL = 0.70;

    /// About so many tokens each; long enough for every model's least prefix.
    private static final String SENTENCE =
            "Describe the article for the shop's page in two plain sentences, name size and colour, promise nothing. ";

    private static final int TOKENS_OF_SENTENCE = 21;

    private final Clock clock;
    private final PrintStream err;
    private final Site.Asked asked;
    private final Prompts prompts;
    private final String run;
    private final int lines;
    private final int prefixTokens;
    private final String model;
    private final Map<String, String> with;
    private final Map<String, String> without;
    private final Duration patience;
    private final int seed;
    private final @Nullable String out;

    PrimerBench(Arguments arguments, Clock clock, PrintStream err) {
        this.clock = clock;
        this.err = err;
        this.asked = Site.Asked.from(arguments, true);
        this.prompts = Runs.prompts("primer", arguments, clock);
        this.run = Long.toString(clock.millis(), Character.MAX_RADIX);
        this.seed = Runs.seed(arguments);
        this.lines = arguments.whole("lines", 100, 2, 50_000);
        this.prefixTokens = arguments.whole("prefix-tokens", 11_400, 100, 200_000);
        this.model = arguments.text("model", "claude-opus-4-6");
        this.with = environment(arguments.text("with", ""));
        this.without = environment(arguments.text("without", "OFFPEAK_LANES_BATCH_PRIMERS=false"));
        this.patience = Duration.ofSeconds(arguments.whole("patience-seconds", 600, 10, 7_200));
        this.out = arguments.find("out");
    }

    /// @param text `NAME=value` with commas between
    static Map<String, String> environment(String text) {
        var variables = new TreeMap<String, String>();
        for (String one : text.split(",", -1)) {
            int equals = one.indexOf('=');
            if (!one.isBlank() && equals < 1) {
                throw new UsageError("a setting looks like NAME=value, not '" + one + "'");
            }
            if (!one.isBlank()) {
                variables.put(
                        one.substring(0, equals).strip(),
                        one.substring(equals + 1).strip());
            }
        }
        return variables;
    }

    @Override
    public Findings run() throws Exception {
        ObjectNode figures = Json.object().put("lines", lines).put("prefix_tokens", prefixTokens);
        var demands = new Demands();
        BigDecimal planned = arm("with_planning", with, figures, demands);
        BigDecimal plain = arm("without", without, figures, demands);
        double ratio = ratio(planned, plain);
        figures.put("cost_with_over_without", ratio);
        figures.putObject("goals").put("at_most_70_percent", ratio <= GOAL);
        figures.set("demands", demands.json());
        var findings = new Findings(demands.hold(), figures);
        if (out != null) {
            Files.writeString(Path.of(out), Json.pretty(figures) + "\n");
        }
        return findings;
    }

    static double ratio(BigDecimal planned, BigDecimal plain) {
        return plain.signum() == 0
                ? Double.MAX_VALUE
                : planned.divide(plain, 4, RoundingMode.HALF_UP).doubleValue();
    }

    /// @return USD an item
    private BigDecimal arm(String name, Map<String, String> environment, ObjectNode figures, Demands demands)
            throws Exception {
        try (Site site = asked.open(environment, clock, err)) {
            return arm(name, site.offpeak(), site.simulator(), figures.putObject(name), demands);
        }
    }

    private BigDecimal arm(String name, Offpeak offpeak, Simulator simulator, ObjectNode figures, Demands demands)
            throws IOException {
        var bulks = new Bulks(offpeak, clock, err, "primer " + name);
        // What all lines share is the workflow's: the same words before each of them.
        offpeak.putWorkflow(
                WORKFLOW,
                Bulks.workflow("anthropic", model, 300, "PT24H")
                        .put("system_prompt", SENTENCE.repeat(Math.max(1, prefixTokens / TOKENS_OF_SENTENCE))));
        simulator.behave(Json.object().put("seed", seed));
        simulator.behaveInBatches(Json.object().put("seconds_to_complete", 2));
        SimulatorStats before = simulator.stats();
        Instant from = clock.instant().minusSeconds(5);
        String unique = name + "-" + run;
        String id;
        long start = System.nanoTime();
        try (var file = LineFile.write(unique, lines, this::line)) {
            id = bulks.upload(WORKFLOW, file, "");
        }
        demands.that("the_bulk_is_over", bulks.awaitOver(List.of(id), patience))
                .that("its_provider_batches_are_reconciled", bulks.awaitReconciled(patience));
        double seconds = Math.round((System.nanoTime() - start) / 1e8) / 10.0;
        var results = new LineResults(unique, lines);
        offpeak.eachResult(id, results::add);
        SimulatorStats ran = simulator.stats().since(before);
        // A primer belongs to no client's job, but its cost is ours all the same.
        var money = new MoneyProof(_ -> true);
        offpeak.eachLedgerEntry(from, money::add);
        money.judge(ran, demands);
        demands.that("every_line_has_exactly_one_result", results.exactlyOne() && results.allSucceeded());
        BigDecimal each = ran.billedUsd().divide(BigDecimal.valueOf(lines), 12, RoundingMode.HALF_UP);
        figures.put("usd_per_item", each.toPlainString())
                .put("seconds", seconds)
                .put("provider_batches", ran.calls().getOrDefault("batches_created", 0L));
        figures.set("tokens", ran.tokens().json());
        figures.set("money", money.json(ran));
        return each;
    }

    private ObjectNode line(int number) {
        return Json.object().put("prompt", prompts.prompt(number));
    }
}
