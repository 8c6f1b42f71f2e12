package dev.offpeak.worker.lanes.direct;

import dev.offpeak.shared.core.ErrorCode;
import dev.offpeak.shared.core.JobId;
import dev.offpeak.shared.ledger.Call;
import dev.offpeak.shared.ledger.CallStore;
import dev.offpeak.shared.ledger.Charge;
import dev.offpeak.shared.providers.Usage;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Remembers what happened to calls, in order.
final class RecordingCalls implements CallStore {

    private final List<Call> begun = new ArrayList<>();
    private final List<String> events = new ArrayList<>();
    private boolean lost;

    List<Call> begun() {
        return begun;
    }

    List<String> events() {
        return events;
    }

    @Override
    public boolean begin(Call call) {
        if (lost) {
            return false;
        }
        begun.add(call);
        events.add("begin " + call.model());
        return true;
    }

    /// From now on no claim holds its job any more.
    void loseClaims() {
        lost = true;
    }

    @Override
    public void confirm(Call call, Usage usage, Charge charge, @Nullable String requestId) {
        events.add("confirmed");
    }

    @Override
    public void leaveUnconfirmed(Call call, ErrorCode why) {
        events.add("unconfirmed " + why.wire());
    }

    @Override
    public void notBilled(Call call, ErrorCode why) {
        events.add("not billed " + why.wire());
    }

    @Override
    public List<CallStore.Estimate> abandonEarlier(JobId job, long fence) {
        return List.of();
    }

    @Override
    public List<CallStore.Estimate> abandonOlderThan(Duration age) {
        return List.of();
    }

    @Override
    public List<CallStore.Estimate> abandonOfTheDead(Duration deadAfter) {
        return List.of();
    }
}
