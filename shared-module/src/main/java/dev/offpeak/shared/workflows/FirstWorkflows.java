package dev.offpeak.shared.workflows;

import dev.offpeak.shared.core.TenantId;
import dev.offpeak.shared.tenants.TenantCreated;
import java.time.Duration;
import java.util.List;

/// The six workflows that a fresh tenant finds, all of them its own to change.
final class FirstWorkflows implements TenantCreated {

    private static final String SMALL = "gpt-4o-mini";
    private static final String LARGE = "gpt-4.1";
    private static final ModelChoice FALLBACK = new ModelChoice("anthropic", "claude-haiku-4-5");

    private final WorkflowStore store;

    FirstWorkflows(WorkflowStore store) {
        this.store = store;
    }

    @Override
    public void tenantCreated(TenantId tenant) {
        all().forEach(definition -> store.put(tenant, definition));
    }

    static List<WorkflowDefinition> all() {
        return List.of(
                auto("classify", Tier.FAST, 150),
                auto("tag", Tier.FAST, 150),
                auto("summarise", Tier.FAST, 500),
                auto("extract", Tier.FAST, 1000),
                auto("generate", Tier.FULL, 1000),
                rule("report", Tier.FULL, LaneRule.BATCH, 4000, Duration.ofHours(24)));
    }

    private static WorkflowDefinition auto(String name, Tier tier, int maxOutputTokens) {
        return rule(name, tier, LaneRule.AUTO, maxOutputTokens, Duration.ofMinutes(15));
    }

    private static WorkflowDefinition rule(
            String name, Tier tier, LaneRule lane, int maxOutputTokens, Duration deadline) {
        return new WorkflowDefinition(
                name,
                tier,
                lane,
                "openai",
                SMALL,
                LARGE,
                List.of(FALLBACK),
                maxOutputTokens,
                null,
                deadline,
                CachePolicy.DEFAULT,
                ContextPolicy.DEFAULT,
                null);
    }
}
