package dev.offpeak.shared.queue;

import org.jobrunr.utils.mapper.JsonMapper;
import org.jobrunr.utils.mapper.jackson3.Jackson3JsonMapper;

/// How tasks are written into JobRunr's tables.
public final class TaskJson {

    private TaskJson() {}

    /// Jackson 3 by name, since JobRunr otherwise picks by the classpath: its Jackson 2 mapper would build any class
    /// that
    /// a row names.
    public static JsonMapper mapper() {
        return new Jackson3JsonMapper();
    }
}
