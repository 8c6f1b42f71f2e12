package dev.offpeak.worker.lanes;

import dev.offpeak.shared.providers.BatchCapabilities;
import dev.offpeak.shared.providers.ChatMessage;
import dev.offpeak.shared.providers.ResponseFormat;
import dev.offpeak.shared.providers.TokenEstimate;
import dev.offpeak.shared.workflows.WorkflowDefinition;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;

/// By what lines of provider batches are told apart whose provider could keep their common beginning in
/// its prompt cache.
public final class PromptPrefix {

    private PromptPrefix() {}

    /// @param provider the protocol, `openai` or `anthropic`
    /// @return a hash for [dev.offpeak.shared.providerbatches.Group#prefix()]; `""` where nothing could
    ///     be kept: then lines of different workflows go together
    public static String of(WorkflowDefinition rule, String provider, String model, BatchCapabilities capabilities) {
        List<ChatMessage> prefix = RequestAssembly.prefix(rule);
        return prefix.isEmpty()
                        || !capabilities.cachesInBatches().test(model)
                        || tokens(provider, prefix)
                                < capabilities.shortestPrefix().applyAsInt(model)
                ? ""
                : hash(prefix);
    }

    /// Estimated from above, as everywhere: a prefix that turns out too short is grouped for nothing and
    /// costs nothing.
    public static long tokens(String provider, List<ChatMessage> prefix) {
        return TokenEstimate.of(provider, prefix, new ResponseFormat.Text());
    }

    private static String hash(List<ChatMessage> prefix) {
        MessageDigest digest = sha256();
        for (ChatMessage message : prefix) {
            byte[] content = message.content().getBytes(StandardCharsets.UTF_8);
            digest.update(message.role().wire().getBytes(StandardCharsets.UTF_8));
            digest.update(ByteBuffer.allocate(Integer.BYTES).putInt(0, content.length)); // no two lists read alike
            digest.update(content);
        }
        return HexFormat.of().formatHex(digest.digest(), 0, 16);
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }
}
