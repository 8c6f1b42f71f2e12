package dev.offpeak.shared.prompts;

import java.time.Instant;

/// One version of a template. It never changes.
///
/// @param version counts from 1
public record Template(TemplateDefinition definition, int version, Instant createdAt) {

    public String name() {
        return definition.name();
    }
}
