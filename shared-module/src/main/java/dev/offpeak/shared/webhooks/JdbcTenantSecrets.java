package dev.offpeak.shared.webhooks;

import dev.offpeak.shared.core.TenantId;
import java.security.SecureRandom;
import java.util.Optional;
import org.springframework.jdbc.core.simple.JdbcClient;

class JdbcTenantSecrets implements TenantSecrets {

    private final JdbcClient jdbc;
    private final SealedSecrets sealed;
    private final SecureRandom random;

    JdbcTenantSecrets(JdbcClient jdbc, SealedSecrets sealed, SecureRandom random) {
        this.jdbc = jdbc;
        this.sealed = sealed;
        this.random = random;
    }

    @Override
    public SigningSecret currentFor(TenantId tenant) {
        return find(tenant).orElseGet(() -> create(tenant));
    }

    private Optional<SigningSecret> find(TenantId tenant) {
        return jdbc.sql("SELECT secret FROM tenant_webhook_secret WHERE tenant = :tenant")
                .param("tenant", tenant.value())
                .query(byte[].class)
                .optional()
                .map(secret -> sealed.open(tenant, secret));
    }

    private SigningSecret create(TenantId tenant) {
        var secret = jdbc.sql("""
                INSERT INTO tenant_webhook_secret (tenant, secret)
                VALUES (:tenant, :secret)
                    -- Who came second gets the first one's row back: DO NOTHING would return none.
                    ON CONFLICT (tenant) DO UPDATE SET tenant = excluded.tenant
                RETURNING secret
                """)
                .param("tenant", tenant.value())
                .param("secret", sealed.seal(tenant, SigningSecret.create(random)))
                .query(byte[].class)
                .single();
        return sealed.open(tenant, secret);
    }
}
