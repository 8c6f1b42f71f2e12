package dev.offpeak.shared.settings;

import java.util.List;

/// Every environment variable that operators set, with the property it becomes. The names are promised in the README.
public enum Variable {
    OFFPEAK_DATA_DIR("offpeak.data-dir"),
    OFFPEAK_PORT("offpeak.port"), // of the API alone, so not server.port, which every process would take
    OFFPEAK_MANAGEMENT_PORT("management.server.port"),
    OFFPEAK_DASHBOARD_PORT("offpeak.dashboard.port"),
    OFFPEAK_DASHBOARD_ADDRESS("offpeak.dashboard.address"),
    OFFPEAK_DASHBOARD_USER("offpeak.dashboard.user"),
    OFFPEAK_DASHBOARD_PASSWORD("offpeak.dashboard.password"),
    OFFPEAK_SIMULATOR_PORT("offpeak.simulator.port"),
    OFFPEAK_BOOTSTRAP_KEY("offpeak.bootstrap-key"),
    OFFPEAK_SECRET_KEY("offpeak.secret-key"),
    OFFPEAK_POSTGRES_URL("spring.datasource.url"),
    OFFPEAK_POSTGRES_USER("spring.datasource.username"),
    OFFPEAK_POSTGRES_PASSWORD("spring.datasource.password"),
    OFFPEAK_REDIS_URL("spring.data.redis.url"),
    OFFPEAK_CACHE_REDIS_URL("offpeak.cache.redis-url"),
    OFFPEAK_FAILPOINTS("offpeak.failpoints.armed"),
    OFFPEAK_FAILPOINTS_ONLY_FOR_TESTS("offpeak.failpoints.only-for-tests"),
    OFFPEAK_WEBHOOK_ALLOW_CIDRS("offpeak.webhooks.allow-cidrs"),
    OPENAI_API_KEY("offpeak.providers.openai.api-key"),
    OPENAI_BASE_URL("offpeak.providers.openai.base-url"),
    OPENAI_WEBHOOK_SECRET("offpeak.providers.openai.webhook-secret"),
    ANTHROPIC_API_KEY("offpeak.providers.anthropic.api-key"),
    ANTHROPIC_BASE_URL("offpeak.providers.anthropic.base-url");

    static final List<Variable> ALL = List.of(values());

    private final String property;

    Variable(String property) {
        this.property = property;
    }

    public String property() {
        return property;
    }
}
