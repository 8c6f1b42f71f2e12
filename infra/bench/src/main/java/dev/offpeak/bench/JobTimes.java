package dev.offpeak.bench;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import tools.jackson.databind.JsonNode;

/// The moments of a job's view, all on the database's clock.
final class JobTimes {

    private JobTimes() {}

    static Optional<Instant> at(JsonNode job, String moment) {
        JsonNode value = job.path(moment);
        return value.isString() ? Optional.of(Instant.parse(value.asString())) : Optional.empty();
    }

    static Optional<Duration> between(JsonNode job, String from, String to) {
        return at(job, from).flatMap(start -> at(job, to).map(end -> Duration.between(start, end)));
    }
}
