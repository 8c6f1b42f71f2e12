package dev.offpeak.simulator.state;

import java.math.BigDecimal;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonGenerator;

/// The running totals. Not thread-safe: its owner holds a lock.
final class Counts {
    private static final class Sums {
        private long input;
        private long cached;
        private long written5m;
        private long written1h;
        private long output;

        private void add(Execution execution) {
            input += execution.usage().input();
            cached += execution.usage().cachedInput();
            written5m += execution.usage().cacheWrite5m();
            written1h += execution.usage().cacheWrite1h();
            output += execution.usage().output();
        }

        private void write(JsonGenerator out, String prefix) {
            out.writeNumberProperty(prefix + "input", input);
            out.writeNumberProperty(prefix + "cached_input", cached);
            out.writeNumberProperty(prefix + "cache_write_5m", written5m);
            out.writeNumberProperty(prefix + "cache_write_1h", written1h);
            out.writeNumberProperty(prefix + "output", output);
        }
    }

    private record ModelSums(Sums direct, Sums batch) {}

    private final Map<Endpoint, Long> calls = new EnumMap<>(Endpoint.class);
    private final Map<String, State.Bill> byBatch = new HashMap<>();
    private final Map<PromptHash, Integer> byPrompt = new HashMap<>();
    private final Map<String, ModelSums> tokens = new TreeMap<>();
    private long executions;
    private long repeated;
    private long unpriced;
    private BigDecimal billed = BigDecimal.ZERO;

    void called(Endpoint endpoint, long times) {
        calls.merge(endpoint, times, Long::sum);
    }

    void ran(Execution execution) {
        if (!execution.batched()) {
            called(execution.endpoint(), 1);
        }
        ModelSums sums = tokens.computeIfAbsent(execution.model(), _ -> new ModelSums(new Sums(), new Sums()));
        (execution.batched() ? sums.batch() : sums.direct()).add(execution);
        if (execution.usd() == null) {
            unpriced++;
        } else {
            billed = billed.add(execution.usd());
        }
        if (execution.batchId() != null) {
            byBatch.merge(execution.batchId(), new State.Bill(1, orZero(execution.usd())), State.Bill::plus);
        }
        if (execution.generates()) {
            executions++;
            if (byPrompt.merge(execution.prompt(), 1, Integer::sum) > 1) {
                repeated++;
            }
        }
    }

    State.Bill billOf(String batchId) {
        return byBatch.getOrDefault(batchId, State.Bill.NONE);
    }

    long calls(Endpoint endpoint) {
        return calls.getOrDefault(endpoint, 0L);
    }

    long allCalls() {
        return calls.values().stream().mapToLong(Long::longValue).sum();
    }

    void write(JsonGenerator out, boolean withPrompts) {
        out.writeStartObject();
        out.writeObjectPropertyStart("calls");
        for (Endpoint endpoint : Endpoint.values()) {
            out.writeNumberProperty(endpoint.wire(), calls(endpoint));
        }
        out.writeEndObject();
        out.writeObjectPropertyStart("executions");
        out.writeNumberProperty("total", executions);
        if (withPrompts) {
            out.writeObjectPropertyStart("by_prompt");
            byPrompt.forEach((prompt, count) -> out.writeNumberProperty(prompt.hex(), count));
            out.writeEndObject();
        }
        out.writeNumberProperty("repeated", repeated);
        out.writeEndObject();
        out.writeObjectPropertyStart("tokens");
        tokens.forEach((model, sums) -> {
            out.writeObjectPropertyStart(model);
            sums.direct().write(out, "");
            sums.batch().write(out, "batch_");
            out.writeEndObject();
        });
        out.writeEndObject();
        out.writeStringProperty(
                "billed_usd",
                billed.signum() == 0 ? "0" : billed.stripTrailingZeros().toPlainString());
        out.writeNumberProperty("unpriced", unpriced);
        out.writeEndObject();
    }

    private static BigDecimal orZero(@Nullable BigDecimal usd) {
        return usd == null ? BigDecimal.ZERO : usd;
    }
}
