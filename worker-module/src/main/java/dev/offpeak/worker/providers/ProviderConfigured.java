package dev.offpeak.worker.providers;

import dev.offpeak.shared.providers.ProviderSettings;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.context.annotation.Condition;
import org.springframework.context.annotation.ConditionContext;
import org.springframework.core.type.AnnotatedTypeMetadata;

/// Holds where a provider is configured or the simulator stands in for it, so that a worker without it starts too.
public abstract class ProviderConfigured implements Condition {

    private final String provider;

    protected ProviderConfigured(String provider) {
        this.provider = provider;
    }

    @Override
    public final boolean matches(ConditionContext context, AnnotatedTypeMetadata metadata) {
        return Binder.get(context.getEnvironment())
                .bindOrCreate("offpeak.providers", ProviderSettings.class)
                .resolve(provider)
                .isPresent();
    }
}
