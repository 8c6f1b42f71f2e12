package dev.offpeak.shared.prompts;

import dev.offpeak.shared.core.TenantId;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// A tenant's templates, version by version.
public interface TemplateStore {

    Optional<Template> current(TenantId tenant, String name);

    /// Current versions by name.
    ///
    /// @param after the last name already read, exclusive
    List<Template> list(TenantId tenant, @Nullable String after, int limit);

    /// Writes a new version and makes it current, unless it equals the current one. Writers of one template queue up.
    Put put(TenantId tenant, TemplateDefinition definition);

    /// @param created whether there was none of that name before
    record Put(Template template, boolean created) {}
}
