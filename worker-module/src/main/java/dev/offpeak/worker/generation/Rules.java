package dev.offpeak.worker.generation;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.offpeak.shared.core.TenantId;
import dev.offpeak.shared.jobs.ClaimedJob;
import dev.offpeak.shared.workflows.Workflow;
import dev.offpeak.shared.workflows.WorkflowStore;
import java.util.Optional;

/// The workflow versions that jobs were submitted under. A version never changes, so one that was read once is kept.
final class Rules {

    private static final int MOST_KEPT = 2_000;

    private record Key(TenantId tenant, String workflow, int version) {}

    private final WorkflowStore workflows;
    private final Cache<Key, Workflow> kept =
            Caffeine.newBuilder().maximumSize(MOST_KEPT).build();

    Rules(WorkflowStore workflows) {
        this.workflows = workflows;
    }

    Optional<Workflow> of(ClaimedJob job) {
        var key = new Key(job.tenant(), job.workflow(), job.workflowVersion());
        Workflow known = kept.getIfPresent(key);
        if (known != null) {
            return Optional.of(known);
        }
        Optional<Workflow> read = workflows.version(key.tenant(), key.workflow(), key.version());
        read.ifPresent(workflow -> kept.put(key, workflow));
        return read;
    }
}
