package dev.offpeak.shared.workflows;

import static org.assertj.core.api.Assertions.assertThat;

import dev.offpeak.shared.core.TenantId;
import dev.offpeak.shared.testing.TestServers;
import java.util.UUID;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.jdbc.datasource.SingleConnectionDataSource;

class JdbcWorkflowStoreIT {

    private static JdbcClient jdbc;
    private static WorkflowStore store;

    private final TenantId tenant = new TenantId(new UUID(1, System.nanoTime()));

    @BeforeAll
    static void connect() {
        var database = TestServers.freshDatabase();
        var source = new SingleConnectionDataSource(database.jdbcUrl(), database.username(), database.password(), true);
        jdbc = JdbcClient.create(source);
        // Each statement is its own transaction here, so the deferred reference to the version must not be checked.
        jdbc.sql("ALTER TABLE workflow DROP CONSTRAINT workflow_tenant_id_name_version_fkey")
                .update();
        store = new JdbcWorkflowStore(jdbc);
    }

    @BeforeEach
    void makeATenant() {
        jdbc.sql("INSERT INTO tenant (id, name) VALUES (:id, 'test')")
                .param("id", tenant.value())
                .update();
    }

    @Test
    void seedsTheSixWorkflowsOnce() {
        new FirstWorkflows(store).tenantCreated(tenant);
        new FirstWorkflows(store).tenantCreated(tenant);

        assertThat(store.list(tenant, null, 10).stream().map(Workflow::name))
                .containsExactly("classify", "extract", "generate", "report", "summarise", "tag");
        assertThat(store.list(tenant, "generate", 10).stream().map(Workflow::name))
                .containsExactly("report", "summarise", "tag");
        var report = store.current(tenant, "report").orElseThrow();
        assertThat(report.version()).isEqualTo(1);
        assertThat(FirstWorkflows.all()).contains(report.definition());
    }

    @Test
    void keepsEveryVersion() {
        var first = FirstWorkflows.all().getFirst();
        var second = with(first, "Be brief.");

        assertThat(store.put(tenant, first).created()).isTrue();
        assertThat(store.put(tenant, first).workflow().version()).isEqualTo(1);
        assertThat(store.put(tenant, second).workflow().version()).isEqualTo(2);
        assertThat(store.delete(tenant, first.name())).isTrue();
        assertThat(store.delete(tenant, first.name())).isFalse();
        assertThat(store.current(tenant, first.name())).isEmpty();
        assertThat(store.version(tenant, first.name(), 1).orElseThrow().definition())
                .isEqualTo(first);
        var revived = store.put(tenant, second);

        assertThat(revived.created()).isTrue();
        assertThat(revived.workflow().version()).isEqualTo(3);
        assertThat(store.versions(tenant, first.name(), null, 10).stream().map(Workflow::version))
                .containsExactly(3, 2, 1);
        assertThat(store.versions(tenant, first.name(), 3, 1).stream().map(Workflow::version))
                .containsExactly(2);
    }

    private static WorkflowDefinition with(WorkflowDefinition other, String systemPrompt) {
        return new WorkflowDefinition(
                other.name(),
                other.tier(),
                other.lane(),
                other.provider(),
                other.fastModel(),
                other.fullModel(),
                other.fallbacks(),
                other.maxOutputTokens(),
                80,
                other.deadline(),
                other.cache(),
                other.context(),
                systemPrompt);
    }
}
