package dev.offpeak.shared.tenants;

import dev.offpeak.shared.core.ApiKeyId;
import dev.offpeak.shared.core.TenantId;
import java.sql.Array;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;

final class JdbcTenantStore implements TenantStore {

    private final JdbcClient jdbc;

    JdbcTenantStore(JdbcClient jdbc) {
        this.jdbc = jdbc;
    }

    @Override
    public Tenant insert(TenantId id, String name, boolean first) {
        return jdbc.sql("""
                INSERT INTO tenant (id, name, first) VALUES (:id, :name, :first)
                RETURNING *
                """)
                .param("id", id.value())
                .param("name", name)
                .param("first", first)
                .query(JdbcTenantStore::tenant)
                .single();
    }

    @Override
    public Optional<Tenant> find(TenantId id) {
        return jdbc.sql("SELECT * FROM tenant WHERE id = :id")
                .param("id", id.value())
                .query(JdbcTenantStore::tenant)
                .optional();
    }

    @Override
    public Optional<Tenant> findFirst() {
        return jdbc.sql("SELECT * FROM tenant WHERE first")
                .query(JdbcTenantStore::tenant)
                .optional();
    }

    @Override
    public void lockBootstrap() {
        // Any constant will do, as long as nobody else takes it.
        jdbc.sql("SELECT 1 FROM (SELECT pg_advisory_xact_lock(hashtext('offpeak bootstrap'))) AS locked")
                .query(Integer.class)
                .single();
    }

    @Override
    public List<Tenant> list(@Nullable TenantId after, int limit) {
        return jdbc.sql("""
                SELECT * FROM tenant
                 WHERE (:after::uuid IS NULL OR id < :after)
                 ORDER BY id DESC LIMIT :limit
                """)
                .param("after", after == null ? null : after.value())
                .param("limit", limit)
                .query(JdbcTenantStore::tenant)
                .list();
    }

    @Override
    public Optional<Tenant> change(
            TenantId id,
            @Nullable String name,
            @Nullable Boolean suspended,
            @Nullable Integer promptRetentionDays,
            @Nullable Integer jobRetentionDays) {
        return jdbc.sql("""
                UPDATE tenant
                   SET name = coalesce(:name, name),
                       suspended = coalesce(:suspended, suspended),
                       prompt_retention_days = coalesce(:promptDays, prompt_retention_days),
                       job_retention_days = coalesce(:jobDays, job_retention_days)
                 WHERE id = :id
                RETURNING *
                """)
                .param("id", id.value())
                .param("name", name)
                .param("suspended", suspended)
                .param("promptDays", promptRetentionDays)
                .param("jobDays", jobRetentionDays)
                .query(JdbcTenantStore::tenant)
                .optional();
    }

    @Override
    public Optional<ApiKey> insertKey(
            ApiKeyId id, TenantId tenant, KeySecret secret, Set<Scope> scopes, @Nullable Instant expiresAt) {
        return jdbc.sql("""
                INSERT INTO api_key (id, tenant_id, sha256, prefix, last4, scopes, expires_at)
                VALUES (:id, :tenant, :sha256, :prefix, :last4, :scopes, :expiresAt)
                ON CONFLICT (sha256) DO NOTHING
                RETURNING *
                """)
                .param("id", id.value())
                .param("tenant", tenant.value())
                .param("sha256", secret.sha256())
                .param("prefix", secret.prefix())
                .param("last4", secret.last4())
                .param("scopes", scopes.stream().sorted().map(Scope::wire).toArray(String[]::new))
                .param("expiresAt", expiresAt == null ? null : expiresAt.atOffset(ZoneOffset.UTC))
                .query(JdbcTenantStore::key)
                .optional();
    }

    @Override
    public Optional<ApiKey> findKey(ApiKeyId id) {
        return jdbc.sql("SELECT * FROM api_key WHERE id = :id")
                .param("id", id.value())
                .query(JdbcTenantStore::key)
                .optional();
    }

    @Override
    public List<ApiKey> listKeys(TenantId tenant, @Nullable ApiKeyId after, int limit) {
        return jdbc.sql("""
                SELECT * FROM api_key
                 WHERE tenant_id = :tenant AND (:after::uuid IS NULL OR id < :after)
                 ORDER BY id DESC LIMIT :limit
                """)
                .param("tenant", tenant.value())
                .param("after", after == null ? null : after.value())
                .param("limit", limit)
                .query(JdbcTenantStore::key)
                .list();
    }

    @Override
    public boolean revokeKey(TenantId tenant, ApiKeyId id) {
        return jdbc.sql("""
                UPDATE api_key SET revoked_at = coalesce(revoked_at, now())
                 WHERE id = :id AND tenant_id = :tenant
                """)
                        .param("id", id.value())
                        .param("tenant", tenant.value())
                        .update()
                == 1;
    }

    @Override
    public Optional<Caller> authenticate(KeySecret secret) {
        record Found(Caller caller, boolean noteUse) {}
        var found = jdbc.sql("""
                SELECT k.id, k.tenant_id, k.scopes,
                       k.last_used_at IS NULL OR k.last_used_at < now() - interval '1 minute' AS note_use
                  FROM api_key k
                  JOIN tenant t ON t.id = k.tenant_id
                 WHERE k.sha256 = :sha256
                   AND k.revoked_at IS NULL
                   AND (k.expires_at IS NULL OR k.expires_at > now())
                   AND NOT t.suspended
                """)
                .param("sha256", secret.sha256())
                .query((row, _) -> new Found(
                        new Caller(tenantId(row, "tenant_id"), keyId(row), scopes(row)), row.getBoolean("note_use")))
                .optional();
        found.filter(Found::noteUse).ifPresent(used -> noteUse(used.caller().key()));
        return found.map(Found::caller);
    }

    private void noteUse(ApiKeyId key) {
        jdbc.sql("UPDATE api_key SET last_used_at = now() WHERE id = :id")
                .param("id", key.value())
                .update();
    }

    private static Tenant tenant(ResultSet row, int number) throws SQLException {
        return new Tenant(
                tenantId(row, "id"),
                row.getString("name"),
                row.getBoolean("first"),
                row.getBoolean("suspended"),
                row.getInt("prompt_retention_days"),
                row.getInt("job_retention_days"),
                instant(row, "created_at"));
    }

    private static ApiKey key(ResultSet row, int number) throws SQLException {
        return new ApiKey(
                keyId(row),
                tenantId(row, "tenant_id"),
                row.getString("prefix"),
                row.getString("last4"),
                scopes(row),
                instant(row, "created_at"),
                instantOrNull(row, "expires_at"),
                instantOrNull(row, "revoked_at"),
                instantOrNull(row, "last_used_at"));
    }

    private static TenantId tenantId(ResultSet row, String column) throws SQLException {
        return new TenantId(row.getObject(column, UUID.class));
    }

    private static ApiKeyId keyId(ResultSet row) throws SQLException {
        return new ApiKeyId(row.getObject("id", UUID.class));
    }

    private static Set<Scope> scopes(ResultSet row) throws SQLException {
        Array array = row.getArray("scopes");
        var scopes = EnumSet.noneOf(Scope.class);
        for (String scope : (String[]) array.getArray()) {
            scopes.add(Scope.ofWire(scope));
        }
        return scopes;
    }

    private static Instant instant(ResultSet row, String column) throws SQLException {
        return row.getObject(column, OffsetDateTime.class).toInstant();
    }

    private static @Nullable Instant instantOrNull(ResultSet row, String column) throws SQLException {
        var time = row.getObject(column, OffsetDateTime.class);
        return time == null ? null : time.toInstant();
    }
}
