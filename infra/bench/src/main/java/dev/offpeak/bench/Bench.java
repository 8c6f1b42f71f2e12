package dev.offpeak.bench;

import dev.offpeak.bench.faults.FaultRun;
import java.io.PrintStream;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// `offpeak-bench <command> [--option value …]`: runs one measurement and prints one JSON object. Ends with 0, with 1
/// where something that must hold did not, with 2 where the command line cannot be carried out.
public final class Bench {

    private final Map<String, Function<Arguments, Command>> commands = new TreeMap<>();
    private final Clock clock;
    private final PrintStream out;
    private final PrintStream err;

    Bench(Clock clock, PrintStream out, PrintStream err) {
        this.clock = clock;
        this.out = out;
        this.err = err;
        commands.put("submit", arguments -> new SubmitBench(arguments, clock));
        commands.put("pickup", arguments -> new PickupBench(arguments, clock));
        commands.put("noop", arguments -> new NoopBench(arguments, clock));
        commands.put("full-path", arguments -> new FullPathBench(arguments, clock));
        commands.put("start", StartBench::new);
        commands.put("ledger-check", arguments -> new LedgerCheck(arguments, clock));
        commands.put("openapi-check", OpenApiCheck::new);
        commands.put("openapi-requests", OpenApiRequests::new);
        commands.put("record", RequestRecorder::new);
        commands.put("malformed", MalformedTable::new);
        commands.put("worker-killed", arguments -> new WorkerKilledBench(arguments, clock));
        commands.put("soak", arguments -> new SoakBench(arguments, clock, err));
        commands.put("comparison", Comparison::new);
        commands.put("stock-server", StockServerCommand::new);
        commands.put("batch-run", arguments -> new BatchRun(arguments, clock, err));
        commands.put("deadline-run", arguments -> new DeadlineRun(arguments, clock, err));
        commands.put("bulk", arguments -> new BulkBench(arguments, clock, err));
        commands.put("primer", arguments -> new PrimerBench(arguments, clock, err));
        commands.put("fault-run", arguments -> new FaultRun(arguments, clock, err));
    }

    @SuppressWarnings("TimeZoneUsage") // the one place where the system clock enters
    public static void main(String[] words) {
        System.exit(new Bench(Clock.systemUTC(), System.out, System.err).run(List.of(words)));
    }

    int run(List<String> words) {
        try {
            return carryOut(words);
        } catch (UsageError e) {
            err.println("offpeak-bench: " + e.getMessage());
            return 2;
        } catch (Exception e) {
            err.println("offpeak-bench: the run broke off: " + e);
            return 1;
        }
    }

    private int carryOut(List<String> words) throws Exception {
        Function<Arguments, Command> named = words.isEmpty() ? null : commands.get(words.getFirst());
        if (named == null) {
            throw new UsageError("name a command: " + String.join(", ", commands.keySet()));
        }
        Arguments arguments = Arguments.parse(words.subList(1, words.size()));
        boolean table = "table".equals(arguments.text("format", "json"));
        Command command = named.apply(arguments);
        arguments.refuseOthers();
        ObjectNode conditions = Conditions.now(clock);
        Findings findings = command.run();
        if (table) {
            out.print(table(findings.figures()));
        } else {
            ObjectNode report = Json.object().put("command", words.getFirst());
            report.set("conditions", conditions);
            report.set("settings", Conditions.settings(arguments.used()));
            report.set("figures", findings.figures());
            report.put("passed", findings.passed());
            out.println(Json.pretty(report));
        }
        return findings.passed() ? 0 : 1;
    }

    /// The figures' `rows` as a Markdown table, for commands that have them.
    static String table(ObjectNode figures) {
        var text = new StringBuilder();
        for (JsonNode row : figures.path("rows")) {
            if (text.isEmpty()) {
                List<String> names = List.copyOf(row.propertyNames());
                text.append("| ").append(String.join(" | ", names)).append(" |\n");
                text.append("|---".repeat(names.size())).append("|\n");
            }
            text.append('|');
            row.forEach(cell -> text.append(' ')
                    .append(cell.asString("").replace("|", "\\|"))
                    .append(" |"));
            text.append('\n');
        }
        return text.isEmpty() ? "This command has no table\n" : text.toString();
    }
}
