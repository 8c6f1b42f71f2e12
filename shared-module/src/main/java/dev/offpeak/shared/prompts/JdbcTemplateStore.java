package dev.offpeak.shared.prompts;

import dev.offpeak.shared.core.TenantId;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.transaction.annotation.Transactional;
import tools.jackson.core.type.TypeReference;
import tools.jackson.databind.json.JsonMapper;

class JdbcTemplateStore implements TemplateStore {

    /// Of the column that holds the parameters; it never meets the wire.
    private static final JsonMapper JSON = JsonMapper.builder().build();

    private final JdbcClient jdbc;

    JdbcTemplateStore(JdbcClient jdbc) {
        this.jdbc = jdbc;
    }

    @Override
    public Optional<Template> current(TenantId tenant, String name) {
        return jdbc.sql("""
                SELECT v.*
                  FROM template t
                  JOIN template_version v USING (tenant_id, name, version)
                 WHERE t.tenant_id = :tenant AND t.name = :name
                """)
                .param("tenant", tenant.value())
                .param("name", name)
                .query(JdbcTemplateStore::template)
                .optional();
    }

    @Override
    public List<Template> list(TenantId tenant, @Nullable String after, int limit) {
        return jdbc.sql("""
                SELECT v.*
                  FROM template t
                  JOIN template_version v USING (tenant_id, name, version)
                 WHERE t.tenant_id = :tenant AND (:after::text IS NULL OR t.name > :after)
                 ORDER BY t.name LIMIT :limit
                """)
                .param("tenant", tenant.value())
                .param("after", after)
                .param("limit", limit)
                .query(JdbcTemplateStore::template)
                .list();
    }

    @Override
    @Transactional
    public Put put(TenantId tenant, TemplateDefinition definition) {
        Integer before = lock(tenant, definition.name());
        var current = before == null ? Optional.<Template>empty() : current(tenant, definition.name());
        if (current.isPresent() && current.get().definition().equals(definition)) {
            return new Put(current.get(), false);
        }
        int next = before == null ? 1 : before + 1;
        var written = insert(tenant, definition, next);
        jdbc.sql("UPDATE template SET version = :version WHERE tenant_id = :tenant AND name = :name")
                .param("version", next)
                .param("tenant", tenant.value())
                .param("name", definition.name())
                .update();
        return new Put(written, before == null);
    }

    /// Takes the row that writers of this template meet on, making it where there is none.
    ///
    /// @return the current version; null where the row is new
    private @Nullable Integer lock(TenantId tenant, String name) {
        int made = jdbc.sql("""
                INSERT INTO template (tenant_id, name, version) VALUES (:tenant, :name, 1)
                ON CONFLICT (tenant_id, name) DO NOTHING
                """)
                .param("tenant", tenant.value())
                .param("name", name)
                .update();
        if (made == 1) {
            return null;
        }
        return jdbc.sql("SELECT version FROM template WHERE tenant_id = :tenant AND name = :name FOR UPDATE")
                .param("tenant", tenant.value())
                .param("name", name)
                .query(Integer.class)
                .single();
    }

    private Template insert(TenantId tenant, TemplateDefinition definition, int version) {
        return jdbc.sql("""
                INSERT INTO template_version (tenant_id, name, version, text, system, params)
                VALUES (:tenant, :name, :version, :text, :system, :params::jsonb)
                RETURNING *
                """)
                .param("tenant", tenant.value())
                .param("name", definition.name())
                .param("version", version)
                .param("text", definition.text())
                .param("system", definition.system())
                .param("params", JSON.writeValueAsString(definition.params()))
                .query(JdbcTemplateStore::template)
                .single();
    }

    private static Template template(ResultSet row, int number) throws SQLException {
        var params = JSON.readValue(row.getString("params"), new TypeReference<TreeMap<String, TemplateParam>>() {});
        var definition =
                new TemplateDefinition(row.getString("name"), row.getString("text"), row.getString("system"), params);
        return new Template(
                definition,
                row.getInt("version"),
                row.getObject("created_at", OffsetDateTime.class).toInstant());
    }
}
