package dev.offpeak.api.http;

import dev.offpeak.api.problems.Problem;
import dev.offpeak.shared.core.ErrorCode;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// Which page of a list is asked for. Cursors are opaque to clients: the last row's key in base64url.
///
/// @param after the key of the last row already read
public record Paging(int limit, @Nullable String after) {

    public static final String LIMIT = "limit";
    public static final String AFTER = "after";

    private static final int DEFAULT = 50;
    private static final int MOST = 1_000;

    /// @throws Problem where one of them is not valid
    public static Paging of(@Nullable Integer limit, @Nullable String after) {
        int size = limit == null ? DEFAULT : limit;
        if (size < 1 || size > MOST) {
            throw Problem.at(ErrorCode.INVALID_REQUEST, LIMIT, "must be 1 to " + MOST);
        }
        return new Paging(size, after == null ? null : decoded(after));
    }

    /// How many rows to ask for, so that we know whether there are more.
    public int rows() {
        return limit + 1;
    }

    /// The key as an id.
    ///
    /// @throws Problem where the cursor is not one of this list
    public <T> @Nullable T afterAs(Function<String, Optional<T>> parse) {
        return after == null ? null : parse.apply(after).orElseThrow(Paging::invalid);
    }

    static String cursor(String key) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(key.getBytes(StandardCharsets.UTF_8));
    }

    private static String decoded(String cursor) {
        try {
            String key = new String(Base64.getUrlDecoder().decode(cursor), StandardCharsets.UTF_8);
            if (!key.isEmpty() && key.chars().allMatch(c -> c > ' ' && c <= '~')) {
                return key;
            }
        } catch (IllegalArgumentException _) {
            // Not base64url, so not ours.
        }
        throw invalid();
    }

    private static Problem invalid() {
        return Problem.at(ErrorCode.INVALID_REQUEST, AFTER, "is not a cursor of this list");
    }
}
