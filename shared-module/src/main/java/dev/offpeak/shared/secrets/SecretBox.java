package dev.offpeak.shared.secrets;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.Arrays;
import javax.crypto.Cipher;
import javax.crypto.KDF;
import javax.crypto.SecretKey;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.HKDFParameterSpec;

/// Seals secrets with AES-256-GCM under a key derived from the operator's main key.
///
/// An envelope is `version (1 byte) | key id (4) | nonce (12) | ciphertext and tag`. The key id tells under which main
/// key it was sealed, so that a later version may open old envelopes with an old key.
public final class SecretBox {

    /// The shortest main key that is accepted, in characters.
    public static final int MIN_KEY_LENGTH = 24;

    private static final byte VERSION = 1;
    private static final int KEY_ID_LENGTH = 4;
    private static final int NONCE_LENGTH = 12;
    private static final int HEAD_LENGTH = 1 + KEY_ID_LENGTH;
    private static final int TAG_BITS = 128;

    private final SecureRandom random;
    private final SecretKey key;
    private final byte[] keyId;

    /// @param mainKey any text of [#MIN_KEY_LENGTH] characters or more
    /// @throws IllegalArgumentException where it is shorter
    public SecretBox(String mainKey, SecureRandom random) {
        if (mainKey.length() < MIN_KEY_LENGTH) {
            throw new IllegalArgumentException("The main key has fewer than " + MIN_KEY_LENGTH + " characters");
        }
        this.random = random;
        try {
            var derive = KDF.getInstance("HKDF-SHA256");
            var extract = HKDFParameterSpec.ofExtract().addIKM(mainKey.getBytes(UTF_8));
            this.key = derive.deriveKey("AES", extract.thenExpand("offpeak secret box v1".getBytes(UTF_8), 32));
            this.keyId = derive.deriveData(
                    extract.thenExpand("offpeak secret box v1 key id".getBytes(UTF_8), KEY_ID_LENGTH));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("This Java lacks HKDF-SHA256", e);
        }
    }

    /// @param context what the secret is for and whose it is, such as `webhook:ten_…`; opening needs the same one, so
    /// that an envelope moved to another row does not open there
    public byte[] seal(String plaintext, String context) {
        var nonce = new byte[NONCE_LENGTH];
        random.nextBytes(nonce);
        var head = ByteBuffer.allocate(HEAD_LENGTH).put(VERSION).put(keyId).array();
        try {
            var sealed = cipher(Cipher.ENCRYPT_MODE, head, nonce, context).doFinal(plaintext.getBytes(UTF_8));
            return ByteBuffer.allocate(HEAD_LENGTH + NONCE_LENGTH + sealed.length)
                    .put(head)
                    .put(nonce)
                    .put(sealed)
                    .array();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("AES-GCM does not seal", e);
        }
    }

    /// @throws UnreadableSecret where the envelope was sealed under another key or context, or was changed
    public String open(byte[] envelope, String context) {
        if (envelope.length < HEAD_LENGTH + NONCE_LENGTH + TAG_BITS / 8 || envelope[0] != VERSION) {
            throw new UnreadableSecret("A stored secret is no envelope that this version knows", null);
        }
        var head = Arrays.copyOf(envelope, HEAD_LENGTH);
        if (!Arrays.equals(Arrays.copyOfRange(head, 1, HEAD_LENGTH), keyId)) {
            throw new UnreadableSecret("A stored secret was sealed under another OFFPEAK_SECRET_KEY", null);
        }
        var nonce = Arrays.copyOfRange(envelope, HEAD_LENGTH, HEAD_LENGTH + NONCE_LENGTH);
        try {
            var opened = cipher(Cipher.DECRYPT_MODE, head, nonce, context)
                    .doFinal(envelope, HEAD_LENGTH + NONCE_LENGTH, envelope.length - HEAD_LENGTH - NONCE_LENGTH);
            return new String(opened, UTF_8);
        } catch (GeneralSecurityException e) {
            throw new UnreadableSecret("A stored secret does not open: it was changed, or belongs elsewhere", e);
        }
    }

    private Cipher cipher(int mode, byte[] head, byte[] nonce, String context) throws GeneralSecurityException {
        var cipher = Cipher.getInstance("AES/GCM/NoPadding");
        cipher.init(mode, key, new GCMParameterSpec(TAG_BITS, nonce));
        cipher.updateAAD(head);
        cipher.updateAAD(context.getBytes(UTF_8));
        return cipher;
    }
}
