package dev.offpeak.shared.webhooks;

import dev.offpeak.shared.core.TenantId;
import dev.offpeak.shared.secrets.SecretBox;
import dev.offpeak.shared.secrets.UnreadableSecret;

/// Signing secrets as they are stored: sealed for webhooks of one tenant, of no use in another's row.
public final class SealedSecrets {

    private final SecretBox box;

    public SealedSecrets(SecretBox box) {
        this.box = box;
    }

    public byte[] seal(TenantId tenant, SigningSecret secret) {
        return box.seal(secret.text(), context(tenant));
    }

    /// @throws UnreadableSecret where it was sealed under another main key or for another tenant
    public SigningSecret open(TenantId tenant, byte[] sealed) {
        return SigningSecret.parse(box.open(sealed, context(tenant)))
                .orElseThrow(() -> new IllegalStateException("A sealed text is no webhook secret"));
    }

    private static String context(TenantId tenant) {
        return "webhook-secret:" + tenant;
    }
}
