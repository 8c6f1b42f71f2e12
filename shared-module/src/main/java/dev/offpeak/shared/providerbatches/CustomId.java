package dev.offpeak.shared.providerbatches;

import dev.offpeak.shared.core.ProviderBatchId;
import java.util.Optional;

/// What a line is called at its provider: the batch's id and the line's number, `pb_01…-17`. It fits both
/// providers' alphabets and lengths.
public record CustomId(ProviderBatchId batch, int number) {

    private static final int MOST_DIGITS = 9;

    public CustomId {
        if (number < 0) {
            throw new IllegalArgumentException("negative line number");
        }
    }

    /// @return empty where the text is nothing that we gave out
    public static Optional<CustomId> parse(String text) {
        int dash = text.lastIndexOf('-');
        if (dash < 0) {
            return Optional.empty();
        }
        String digits = text.substring(dash + 1);
        if (digits.isEmpty() || digits.length() > MOST_DIGITS || !digits.chars().allMatch(c -> c >= '0' && c <= '9')) {
            return Optional.empty();
        }
        int number = Integer.parseInt(digits);
        return ProviderBatchId.parse(text.substring(0, dash))
                .map(batch -> new CustomId(batch, number))
                .filter(id -> id.toString().equals(text)); // one spelling for one line
    }

    @Override
    public String toString() {
        return batch + "-" + number;
    }
}
