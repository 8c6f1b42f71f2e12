package dev.offpeak.bench;

import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.TreeMap;
import java.util.stream.IntStream;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// How many jobs a second ended, on the database's clock.
///
/// @param seconds from the first moment to the last end
/// @param eachSecond ended jobs in every second since the first moment
/// @param secondHalfPerSecond the rate after half of them had ended, when a fresh process has warmed up
record Throughput(int jobs, double seconds, List<Integer> eachSecond, double secondHalfPerSecond) {

    /// From the first submission to the last end.
    static Throughput fromSubmission(Collection<JsonNode> jobs) {
        return of(jobs, "created_at");
    }

    /// From the first end to the last: what the engine does while it has enough to do.
    static Throughput ofEnds(Collection<JsonNode> jobs) {
        return of(jobs, "finished_at");
    }

    private static Throughput of(Collection<JsonNode> jobs, String since) {
        List<Instant> ends = moments(jobs, "finished_at");
        List<Instant> starts = moments(jobs, since);
        if (ends.isEmpty() || starts.isEmpty()) {
            return new Throughput(0, 0, List.of(), 0);
        }
        Instant first = starts.getFirst();
        var counts = new TreeMap<Integer, Integer>();
        for (Instant end : ends) {
            counts.merge((int) Math.max(0, Duration.between(first, end).toSeconds()), 1, Integer::sum);
        }
        List<Integer> each = IntStream.rangeClosed(0, counts.lastKey())
                .mapToObj(second -> counts.getOrDefault(second, 0))
                .toList();
        double secondHalf = seconds(ends.get(ends.size() / 2), ends.getLast());
        return new Throughput(
                ends.size(),
                seconds(first, ends.getLast()),
                each,
                secondHalf == 0 ? 0 : Math.round(5 * ends.size() / secondHalf) / 10.0);
    }

    double perSecond() {
        return seconds == 0 ? 0 : Math.round(10 * jobs / seconds) / 10.0;
    }

    ObjectNode json() {
        ObjectNode json = Json.object()
                .put("jobs", jobs)
                .put("seconds", Math.round(seconds * 1000) / 1000.0)
                .put("jobs_per_second", perSecond())
                .put("second_half_jobs_per_second", secondHalfPerSecond);
        var each = json.putArray("each_second");
        eachSecond.forEach(each::add);
        return json;
    }

    private static double seconds(Instant from, Instant to) {
        return Duration.between(from, to).toNanos() / 1e9;
    }

    private static List<Instant> moments(Collection<JsonNode> jobs, String moment) {
        return jobs.stream()
                .flatMap(job -> JobTimes.at(job, moment).stream())
                .sorted(Comparator.naturalOrder())
                .toList();
    }
}
