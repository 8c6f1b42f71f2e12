package dev.offpeak.simulator.control;

import dev.offpeak.simulator.batches.BatchView;
import dev.offpeak.simulator.batches.Phase;
import dev.offpeak.simulator.json.Json;
import dev.offpeak.simulator.state.State;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/// A batch as a checker wants to see it.
final class BatchLine {
    private BatchLine() {}

    static ObjectNode of(BatchView batch, State.Bill bill) {
        ObjectNode line = Json.object()
                .put("id", batch.id())
                .put("provider", batch.provider().wire())
                .put("number", batch.number())
                .put("status", batch.phase().wire())
                .put("vanished", batch.vanished())
                .put("deleted", batch.deleted())
                .put("model", batch.model())
                .put("lines", batch.lines())
                .put("executed", bill.executions())
                .put(
                        "billed_usd",
                        bill.usd().signum() == 0
                                ? "0"
                                : bill.usd().stripTrailingZeros().toPlainString())
                .put("created_at", batch.createdAt().toString())
                .put("cancelled_at", text(batch.reached().get(Phase.CANCELLING)))
                .put("ended_at", text(batch.endedAt()));
        line.set("counts", batch.tally().json());
        line.setAll((ObjectNode) batch.details());
        return line;
    }

    private static @Nullable String text(@Nullable Instant at) {
        return at == null ? null : at.toString();
    }
}
