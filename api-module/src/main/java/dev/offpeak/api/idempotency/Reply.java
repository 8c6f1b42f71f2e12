package dev.offpeak.api.idempotency;

import java.util.Set;
import org.jspecify.annotations.Nullable;

/// What a POST answers.
///
/// @param location of what it made, if it made something
/// @param body as it is written to JSON
/// @param secretFields top-level fields that are shown for a day and then replaced by null
public record Reply(int status, @Nullable String location, Object body, Set<String> secretFields) {

    public static Reply ok(Object body) {
        return new Reply(200, null, body, Set.of());
    }

    public static Reply created(String location, Object body) {
        return new Reply(201, location, body, Set.of());
    }

    public static Reply accepted(String location, Object body) {
        return new Reply(202, location, body, Set.of());
    }

    public Reply withSecret(String field) {
        return new Reply(status, location, body, Set.of(field));
    }
}
