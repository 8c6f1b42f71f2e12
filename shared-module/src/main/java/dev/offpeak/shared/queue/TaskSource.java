package dev.offpeak.shared.queue;

import java.util.Arrays;
import java.util.List;

/// What a fetch asks for: the tasks of one kind, in the version that this process reads. Tasks of other kinds and
/// versions are never fetched, so they wait for a worker that knows them.
///
/// @param kind as the generated column of JobRunr's table has it: the wire name and the version
public record TaskSource(Pool pool, String kind) {

    static final List<TaskSource> ALL = Arrays.stream(TaskKind.values())
            .map(kind -> new TaskSource(kind.pool(), kind.wire() + "/" + RunJob.SCHEMA_VERSION))
            .toList();

    /// Whether this process fetches such tasks.
    ///
    /// @param pool as the generated column of JobRunr's table has it
    public static boolean isKnown(String pool, String kind) {
        return ALL.stream().anyMatch(source -> source.pool.wire().equals(pool) && source.kind.equals(kind));
    }

    static List<String> names() {
        return ALL.stream()
                .map(source -> source.pool.wire() + "/" + source.kind)
                .toList();
    }
}
