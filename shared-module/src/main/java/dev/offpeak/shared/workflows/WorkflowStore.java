package dev.offpeak.shared.workflows;

import dev.offpeak.shared.core.TenantId;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// A tenant's workflows, version by version.
public interface WorkflowStore {

    /// The current version; empty where there is none or it was deleted.
    Optional<Workflow> current(TenantId tenant, String name);

    /// A version that jobs were submitted under, even if the workflow was deleted since.
    Optional<Workflow> version(TenantId tenant, String name, int version);

    /// Current versions by name.
    ///
    /// @param after the last name already read, exclusive
    List<Workflow> list(TenantId tenant, @Nullable String after, int limit);

    /// All versions, newest first.
    ///
    /// @param before the last version already read, exclusive
    List<Workflow> versions(TenantId tenant, String name, @Nullable Integer before, int limit);

    /// Writes a new version and makes it current, unless it equals the current one. Writers of one workflow queue up.
    Put put(TenantId tenant, WorkflowDefinition definition);

    /// @return whether there was one; its versions stay for the jobs under way
    boolean delete(TenantId tenant, String name);

    /// @param created whether there was none of that name before
    record Put(Workflow workflow, boolean created) {}
}
