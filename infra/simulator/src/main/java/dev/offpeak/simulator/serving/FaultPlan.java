package dev.offpeak.simulator.serving;

import dev.offpeak.simulator.json.Json;
import dev.offpeak.simulator.state.Behaviour;
import dev.offpeak.simulator.state.PlannedFault;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// Counts the calls of the batch side against the plan of faults; another plan starts the count anew.
public final class FaultPlan {
    private JsonNode plan = Json.array();
    private List<PlannedFault> faults = List.of();
    private final Map<String, Long> calls = new HashMap<>();

    public synchronized void restart() {
        calls.clear();
    }

    synchronized @Nullable PlannedFault next(String call, Behaviour behaviour) {
        JsonNode now = behaviour.document().path("batch").path("faults");
        if (!now.equals(plan)) {
            plan = now;
            faults = PlannedFault.list(now);
            calls.clear();
        }
        long number = calls.merge(call, 1L, Long::sum);
        return faults.stream()
                .filter(fault -> fault.call().equals(call) && fault.hits(number))
                .findFirst()
                .orElse(null);
    }
}
