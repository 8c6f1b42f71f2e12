package dev.offpeak.shared.workflows;

import dev.offpeak.shared.core.TenantId;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.transaction.annotation.Transactional;
import tools.jackson.core.type.TypeReference;
import tools.jackson.databind.json.JsonMapper;

class JdbcWorkflowStore implements WorkflowStore {

    /// Of the columns that hold JSON; it never meets the wire.
    private static final JsonMapper JSON = JsonMapper.builder().build();

    private final JdbcClient jdbc;

    JdbcWorkflowStore(JdbcClient jdbc) {
        this.jdbc = jdbc;
    }

    @Override
    public Optional<Workflow> current(TenantId tenant, String name) {
        return jdbc.sql("""
                SELECT v.*
                  FROM workflow w
                  JOIN workflow_version v USING (tenant_id, name, version)
                 WHERE w.tenant_id = :tenant AND w.name = :name AND w.deleted_at IS NULL
                """)
                .param("tenant", tenant.value())
                .param("name", name)
                .query(JdbcWorkflowStore::workflow)
                .optional();
    }

    @Override
    public Optional<Workflow> version(TenantId tenant, String name, int version) {
        return jdbc.sql("""
                SELECT * FROM workflow_version
                 WHERE tenant_id = :tenant AND name = :name AND version = :version
                """)
                .param("tenant", tenant.value())
                .param("name", name)
                .param("version", version)
                .query(JdbcWorkflowStore::workflow)
                .optional();
    }

    @Override
    public List<Workflow> list(TenantId tenant, @Nullable String after, int limit) {
        return jdbc.sql("""
                SELECT v.*
                  FROM workflow w
                  JOIN workflow_version v USING (tenant_id, name, version)
                 WHERE w.tenant_id = :tenant AND w.deleted_at IS NULL
                   AND (:after::text IS NULL OR w.name > :after)
                 ORDER BY w.name LIMIT :limit
                """)
                .param("tenant", tenant.value())
                .param("after", after)
                .param("limit", limit)
                .query(JdbcWorkflowStore::workflow)
                .list();
    }

    @Override
    public List<Workflow> versions(TenantId tenant, String name, @Nullable Integer before, int limit) {
        return jdbc.sql("""
                SELECT * FROM workflow_version
                 WHERE tenant_id = :tenant AND name = :name
                   AND (:before::integer IS NULL OR version < :before)
                 ORDER BY version DESC LIMIT :limit
                """)
                .param("tenant", tenant.value())
                .param("name", name)
                .param("before", before)
                .param("limit", limit)
                .query(JdbcWorkflowStore::workflow)
                .list();
    }

    @Override
    @Transactional
    public Put put(TenantId tenant, WorkflowDefinition definition) {
        var before = lock(tenant, definition.name());
        var current =
                before.filter(row -> !row.deleted()).flatMap(row -> version(tenant, definition.name(), row.version()));
        if (current.isPresent() && current.get().definition().equals(definition)) {
            return new Put(current.get(), false);
        }
        int next = before.map(Locked::version).orElse(0) + 1;
        var written = insert(tenant, definition, next);
        jdbc.sql("""
                UPDATE workflow SET version = :version, deleted_at = NULL
                 WHERE tenant_id = :tenant AND name = :name
                """)
                .param("version", next)
                .param("tenant", tenant.value())
                .param("name", definition.name())
                .update();
        return new Put(written, current.isEmpty());
    }

    @Override
    public boolean delete(TenantId tenant, String name) {
        return jdbc.sql("""
                UPDATE workflow SET deleted_at = now()
                 WHERE tenant_id = :tenant AND name = :name AND deleted_at IS NULL
                """).param("tenant", tenant.value()).param("name", name).update() == 1;
    }

    private record Locked(int version, boolean deleted) {}

    /// Takes the row that writers of this workflow meet on, making it where there is none.
    ///
    /// @return what it said before; empty where it is new
    private Optional<Locked> lock(TenantId tenant, String name) {
        int made = jdbc.sql("""
                INSERT INTO workflow (tenant_id, name, version) VALUES (:tenant, :name, 1)
                ON CONFLICT (tenant_id, name) DO NOTHING
                """)
                .param("tenant", tenant.value())
                .param("name", name)
                .update();
        if (made == 1) {
            return Optional.empty();
        }
        return jdbc.sql("""
                SELECT version, deleted_at IS NOT NULL AS deleted FROM workflow
                 WHERE tenant_id = :tenant AND name = :name
                   FOR UPDATE
                """)
                .param("tenant", tenant.value())
                .param("name", name)
                .query((row, _) -> new Locked(row.getInt("version"), row.getBoolean("deleted")))
                .optional();
    }

    private Workflow insert(TenantId tenant, WorkflowDefinition definition, int version) {
        return jdbc.sql("""
                INSERT INTO workflow_version (tenant_id, name, version, tier, lane, provider, fast_model, full_model,
                       fallbacks, max_output_tokens, output_word_budget, deadline_seconds, cache, context, system_prompt)
                VALUES (:tenant, :name, :version, :tier, :lane, :provider, :fastModel, :fullModel,
                       :fallbacks::jsonb, :maxOutputTokens, :outputWordBudget, :deadlineSeconds, :cache::jsonb,
                       :context::jsonb, :systemPrompt)
                RETURNING *
                """)
                .param("tenant", tenant.value())
                .param("name", definition.name())
                .param("version", version)
                .param("tier", definition.tier().wire())
                .param("lane", definition.lane().wire())
                .param("provider", definition.provider())
                .param("fastModel", definition.fastModel())
                .param("fullModel", definition.fullModel())
                .param("fallbacks", JSON.writeValueAsString(definition.fallbacks()))
                .param("maxOutputTokens", definition.maxOutputTokens())
                .param("outputWordBudget", definition.outputWordBudget())
                .param("deadlineSeconds", definition.deadline().toSeconds())
                .param("cache", JSON.writeValueAsString(definition.cache()))
                .param("context", JSON.writeValueAsString(definition.context()))
                .param("systemPrompt", definition.systemPrompt())
                .query(JdbcWorkflowStore::workflow)
                .single();
    }

    private static Workflow workflow(ResultSet row, int number) throws SQLException {
        int words = row.getInt("output_word_budget");
        var definition = new WorkflowDefinition(
                row.getString("name"),
                Tier.ofWire(row.getString("tier")),
                LaneRule.ofWire(row.getString("lane")),
                row.getString("provider"),
                row.getString("fast_model"),
                row.getString("full_model"),
                JSON.readValue(row.getString("fallbacks"), new TypeReference<List<ModelChoice>>() {}),
                row.getInt("max_output_tokens"),
                words == 0 ? null : (Integer) words,
                Duration.ofSeconds(row.getLong("deadline_seconds")),
                JSON.readValue(row.getString("cache"), CachePolicy.class),
                JSON.readValue(row.getString("context"), ContextPolicy.class),
                row.getString("system_prompt"));
        return new Workflow(
                definition,
                row.getInt("version"),
                row.getObject("created_at", OffsetDateTime.class).toInstant());
    }
}
