package dev.offpeak.api.http;

import io.swagger.v3.oas.annotations.media.Schema;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// One page of a list.
///
/// @param next the cursor to send as `after`, or null where the list ends here
public record Page<T>(
        List<T> data,

        @Schema(
                description = "Send it as `after` to read on; null at the end.",
                types = {"string", "null"})
        @Nullable String next) {

    /// @param rows one row more than the page holds, where there is one more
    /// @param keyOf what the list is sorted by
    public static <R, T> Page<T> of(List<R> rows, Paging paging, Function<R, String> keyOf, Function<R, T> view) {
        boolean more = rows.size() > paging.limit();
        List<R> shown = more ? rows.subList(0, paging.limit()) : rows;
        return new Page<>(shown.stream().map(view).toList(), more ? Paging.cursor(keyOf.apply(shown.getLast())) : null);
    }
}
