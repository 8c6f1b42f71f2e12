package dev.offpeak.worker.lanes.batch;

import com.knuddels.jtokkit.Encodings;
import com.knuddels.jtokkit.api.Encoding;
import com.knuddels.jtokkit.api.EncodingType;
import dev.offpeak.shared.providers.BatchLine;
import dev.offpeak.shared.providers.ChatMessage;
import dev.offpeak.shared.providers.ProviderSettings;
import dev.offpeak.shared.providers.ResponseFormat;
import dev.offpeak.shared.providers.TokenEstimate;
import java.lang.ref.SoftReference;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// How many tokens prompts have, by the provider's own tokeniser where that is public.
///
/// A tokeniser takes some 60 MB of heap and a second to load. So there is one at a time, only once
/// something must be counted, and the garbage collector may have it when memory is short.
final class TokenCounter {

    /// What a message costs apart from its content, and the beginning of the answer.
    private static final int MESSAGE = 4;

    private static final int ANSWER = 3;

    private record Loaded(EncodingType type, Encoding encoding) {}

    private @Nullable SoftReference<Loaded> loaded;

    long count(String provider, BatchLine line) {
        Optional<EncodingType> type = ProviderSettings.OPENAI.equals(provider) ? type(line.model()) : Optional.empty();
        return type.map(known -> count(encoding(known), line.messages(), line.responseFormat()))
                .orElseGet(() -> TokenEstimate.of(provider, line.messages(), line.responseFormat()));
    }

    private static long count(Encoding encoding, List<ChatMessage> messages, ResponseFormat format) {
        long tokens = ANSWER;
        for (ChatMessage message : messages) {
            tokens += MESSAGE + encoding.countTokensOrdinary(message.content());
        }
        return tokens
                + switch (format) {
                    case ResponseFormat.Text _ -> 0;
                    case ResponseFormat.JsonObject _ -> MESSAGE;
                    case ResponseFormat.JsonSchema schema -> encoding.countTokensOrdinary(schema.schema());
                };
    }

    /// jtokkit's own map takes gpt-4.1 for gpt-4 and does not know what came later.
    static Optional<EncodingType> type(String model) {
        if (beginsWith(model, "gpt-4o", "gpt-4.1", "gpt-4.5", "gpt-5", "gpt-6", "chatgpt-4o", "o1", "o3", "o4")) {
            return Optional.of(EncodingType.O200K_BASE);
        }
        return beginsWith(model, "gpt-4", "gpt-3.5", "text-embedding-")
                ? Optional.of(EncodingType.CL100K_BASE)
                : Optional.empty();
    }

    private static boolean beginsWith(String model, String... families) {
        for (String family : families) {
            if (model.startsWith(family)) {
                return true;
            }
        }
        return false;
    }

    private synchronized Encoding encoding(EncodingType type) {
        Loaded kept = loaded == null ? null : loaded.get();
        if (kept != null && kept.type() == type) {
            return kept.encoding();
        }
        loaded = null; // not two at once
        Encoding encoding = Encodings.newLazyEncodingRegistry().getEncoding(type);
        loaded = new SoftReference<>(new Loaded(type, encoding));
        return encoding;
    }
}
