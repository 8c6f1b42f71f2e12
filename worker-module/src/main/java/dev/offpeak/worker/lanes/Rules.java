package dev.offpeak.worker.lanes;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.offpeak.shared.core.TenantId;
import dev.offpeak.shared.jobs.ClaimedJob;
import dev.offpeak.shared.workflows.Workflow;
import dev.offpeak.shared.workflows.WorkflowStore;
import java.util.Optional;

/// The workflow versions that jobs were submitted under. A version never changes, so one that was read
/// once is kept.
public final class Rules {

    private static final int MOST_KEPT = 2_000;

    private record Key(TenantId tenant, String workflow, int version) {}

    private final WorkflowStore workflows;
    private final Cache<Key, Workflow> kept =
            Caffeine.newBuilder().maximumSize(MOST_KEPT).build();

    public Rules(WorkflowStore workflows) {
        this.workflows = workflows;
    }

    public Optional<Workflow> of(ClaimedJob job) {
        return of(job.tenant(), job.workflow(), job.workflowVersion());
    }

    public Optional<Workflow> of(TenantId tenant, String workflow, int version) {
        var key = new Key(tenant, workflow, version);
        Workflow known = kept.getIfPresent(key);
        if (known != null) {
            return Optional.of(known);
        }
        Optional<Workflow> read = workflows.version(key.tenant(), key.workflow(), key.version());
        read.ifPresent(rule -> kept.put(key, rule));
        return read;
    }
}
