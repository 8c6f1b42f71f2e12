package dev.offpeak.simulator.tokens;

import com.knuddels.jtokkit.Encodings;
import com.knuddels.jtokkit.api.Encoding;
import com.knuddels.jtokkit.api.EncodingRegistry;
import com.knuddels.jtokkit.api.EncodingType;
import com.knuddels.jtokkit.api.IntArrayList;

/// Counts tokens. The vocabulary is chosen by a map of our own: jtokkit's takes gpt-4.1 for gpt-4 and does not
/// know gpt-5. Text that looks like a special token is counted as ordinary text.
public final class Tokens {
    private final EncodingRegistry registry = Encodings.newLazyEncodingRegistry();

    /// A text cut to its first tokens.
    public record Cut(String text, int tokens, boolean shortened) {}

    public int count(String model, String text) {
        return text.isEmpty() ? 0 : encoding(model).countTokensOrdinary(text);
    }

    public int[] ids(String model, String text) {
        return encoding(model).encodeOrdinary(text).toArray();
    }

    /// The text's beginning that fits into `max` tokens.
    public Cut cut(String model, String text, long max) {
        int whole = count(model, text);
        if (whole <= max) {
            return new Cut(text, whole, false);
        }
        var kept = new IntArrayList();
        int[] ids = ids(model, text);
        for (int i = 0; i < max; i++) {
            kept.add(ids[i]);
        }
        return new Cut(encoding(model).decode(kept), (int) max, true);
    }

    /// The text of the given tokens.
    public String text(String model, int[] ids) {
        var list = new IntArrayList(ids.length);
        for (int id : ids) {
            list.add(id);
        }
        return encoding(model).decode(list);
    }

    static EncodingType vocabulary(String model) {
        boolean old = model.equals("gpt-4")
                || model.startsWith("gpt-4-")
                || model.startsWith("gpt-3.5")
                || model.startsWith("text-embedding");
        return old ? EncodingType.CL100K_BASE : EncodingType.O200K_BASE;
    }

    private Encoding encoding(String model) {
        return registry.getEncoding(vocabulary(model));
    }
}
