package dev.offpeak.shared.workflows;

import java.time.Instant;

/// One version of a routing rule. It never changes.
///
/// @param version counts from 1
/// @param createdAt when this version was written
public record Workflow(WorkflowDefinition definition, int version, Instant createdAt) {

    public String name() {
        return definition.name();
    }
}
