package dev.offpeak.bench;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// Mixed jobs of both providers while the simulator fails and limits: afterwards the confirmed tokens of the ledger
/// equal the simulator's count, model by model and kind by kind, and so do the dollars.
final class LedgerCheck implements Command {

    private static final String OPENAI_FIRST = "bench-openai-first";
    private static final String ANTHROPIC_FIRST = "bench-anthropic-first";
    // Longer than the least prefix that OpenAI's prompt cache takes, so that some tokens are cached ones.
    private static final String LONG_SYSTEM_PROMPT = "You sort requests of a shop. ".repeat(260);

    private final Clock clock;
    private final Offpeak offpeak;
    private final Simulator simulator;
    private final Prompts prompts;
    private final int count;
    private final int clients;
    private final ObjectNode behaviour;
    private final String openAiModel;
    private final String anthropicModel;
    private final Duration patience;

    LedgerCheck(Arguments arguments, Clock clock) {
        var http = new Http();
        this.clock = clock;
        this.offpeak = Offpeak.from(arguments, http);
        this.simulator = Simulator.from(arguments, http);
        this.prompts = Runs.prompts("ledger", arguments, clock);
        this.count = arguments.whole("count", 1_000, 1, 50_000);
        this.clients = arguments.whole("clients", 16, 1, 256);
        this.openAiModel = arguments.text("openai-model", "gpt-4o-mini");
        this.anthropicModel = arguments.text("anthropic-model", "claude-haiku-4-5");
        this.patience = Duration.ofSeconds(arguments.whole("patience-seconds", 600, 1, 1_800));
        this.behaviour = Json.object()
                .put("seed", Runs.seed(arguments))
                .put("latency_ms", arguments.whole("latency-ms", 20, 0, 10_000))
                .put("latency_jitter_ms", arguments.whole("latency-jitter-ms", 40, 0, 10_000))
                .put("error_rate", arguments.share("error-rate", 0.15))
                .put("error_status", arguments.whole("error-status", 503, 400, 599))
                .put("rate_limit_rpm", arguments.whole("rate-limit-rpm", 6_000, 1, 10_000_000));
    }

    @Override
    public Findings run() {
        offpeak.putWorkflow(OPENAI_FIRST, workflow("openai", openAiModel, "anthropic", anthropicModel));
        offpeak.putWorkflow(ANTHROPIC_FIRST, workflow("anthropic", anthropicModel, "openai", openAiModel));
        SimulatorStats before = simulator.stats();
        Instant from = clock.instant().minusSeconds(5);
        simulator.behave(behaviour);
        Submissions sent;
        boolean ended;
        try {
            sent = Submissions.send(offpeak, count, clients, this::job);
            ended = offpeak.awaitIdle(patience);
        } finally {
            simulator.behave(Json.object());
        }
        Map<String, JsonNode> jobs = offpeak.read(sent.ids());
        SimulatorStats ran = simulator.stats().since(before);
        List<JsonNode> entries = offpeak.ledger(from);
        LedgerSums ledger = LedgerSums.of(entries, jobs.keySet());
        TokenTable difference = ledger.tokens().minus(ran.tokens());

        var figures = Json.object();
        figures.set("intake", sent.json());
        figures.put("all_jobs_ended", ended);
        figures.set("statuses", counted(jobs, "status"));
        figures.set("errors", errors(jobs));
        figures.put("jobs_with_more_than_one_attempt", retried(jobs));
        figures.set("answered_by", answeredBy(jobs));
        figures.put("answered_by_a_fallback", fallbacks(jobs));
        figures.set("simulator_calls", callsOf(ran));
        figures.put("simulator_executions", ran.executions())
                .put("ledger_confirmed", ledger.confirmed())
                .put("ledger_unconfirmed", ledger.unconfirmed())
                .put("ledger_entries_of_other_jobs", ledger.others());
        figures.set("ledger_tokens", ledger.tokens().json());
        figures.set("simulator_tokens", ran.tokens().json());
        figures.set("difference_ledger_minus_simulator", difference.json());
        boolean sameUsd = ledger.billedUsd().compareTo(ran.billedUsd()) == 0;
        figures.put("ledger_billed_usd", ledger.billedUsd().toPlainString())
                .put("simulator_billed_usd", ran.billedUsd().toPlainString())
                .put("same_usd", sameUsd);
        boolean passed = ended
                && sent.ids().size() == count
                && ledger.confirmed() == ran.executions()
                && difference.isEmpty()
                && sameUsd;
        return new Findings(passed, figures);
    }

    private ObjectNode job(int number) {
        ObjectNode job = Json.object()
                .put("workflow", number % 2 == 0 ? OPENAI_FIRST : ANTHROPIC_FIRST)
                .put("user", "u_" + number % 7)
                .put("max_output_tokens", 32 + number % 3 * 64);
        switch (number % 3) {
            case 0 -> job.put("prompt", prompts.prompt(number));
            case 1 -> {
                var messages = job.putArray("messages");
                messages.addObject().put("role", "system").put("content", LONG_SYSTEM_PROMPT);
                messages.addObject().put("role", "user").put("content", prompts.prompt(number));
            }
            default -> {
                var messages = job.putArray("messages");
                messages.addObject().put("role", "user").put("content", "Shall I sort this? " + number);
                messages.addObject().put("role", "assistant").put("content", "Yes, please.");
                messages.addObject().put("role", "user").put("content", prompts.prompt(number));
            }
        }
        return job;
    }

    private static ObjectNode workflow(String provider, String model, String otherProvider, String otherModel) {
        ObjectNode workflow = Json.object()
                .put("tier", "fast")
                .put("lane", "direct")
                .put("provider", provider)
                .put("fast_model", model)
                .put("full_model", model)
                .put("max_output_tokens", 300)
                .put("deadline", "PT15M");
        workflow.putArray("fallbacks")
                .addObject()
                .put("provider", otherProvider)
                .put("model", otherModel);
        return workflow;
    }

    private static ObjectNode counted(Map<String, JsonNode> jobs, String field) {
        var counts = new TreeMap<String, Integer>();
        jobs.values().forEach(job -> counts.merge(job.path(field).asString("none"), 1, Integer::sum));
        return json(counts);
    }

    private static ObjectNode errors(Map<String, JsonNode> jobs) {
        var counts = new TreeMap<String, Integer>();
        jobs.values().stream()
                .map(job -> job.path("error").path("code"))
                .filter(JsonNode::isString)
                .forEach(code -> counts.merge(code.asString(), 1, Integer::sum));
        return json(counts);
    }

    private static ObjectNode answeredBy(Map<String, JsonNode> jobs) {
        var counts = new TreeMap<String, Integer>();
        jobs.values()
                .forEach(job -> counts.merge(
                        job.path("workflow").asString() + " by "
                                + job.path("provider").asString("none") + " "
                                + job.path("model").asString("none"),
                        1,
                        Integer::sum));
        return json(counts);
    }

    private long fallbacks(Map<String, JsonNode> jobs) {
        return jobs.values().stream()
                .filter(job -> "succeeded".equals(job.path("status").asString()))
                .filter(job -> {
                    String first = OPENAI_FIRST.equals(job.path("workflow").asString()) ? openAiModel : anthropicModel;
                    return !job.path("model").asString("").startsWith(first);
                })
                .count();
    }

    private static long retried(Map<String, JsonNode> jobs) {
        return jobs.values().stream()
                .filter(job -> job.path("attempts").asInt() > 1)
                .count();
    }

    private static ObjectNode callsOf(SimulatorStats ran) {
        ObjectNode calls = Json.object();
        ran.calls().forEach(calls::put);
        return calls;
    }

    private static ObjectNode json(Map<String, Integer> counts) {
        ObjectNode json = Json.object();
        counts.forEach(json::put);
        return json;
    }
}
