package dev.offpeak.bench.faults;

import static org.assertj.core.api.Assertions.assertThat;

import dev.offpeak.bench.faults.Evidence.Job;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class RecoveryTest {

    private static final int RATE = 10;
    private static final Instant START = Instant.parse("2026-01-01T00:00:00Z");

    @Test
    void isImmediateWhereNothingEverStood() {
        var recovery = new Recovery(jobs(0, 0), RATE);

        assertThat(recovery.throughputBack(START.plusSeconds(20))).hasValue(0);
        assertThat(recovery.backlogDrained(START.plusSeconds(20))).hasValue(0);
    }

    @Test
    void countsFromTheEndOfTheFaultToTheFirstFullWindow() {
        // from 20 to 40 nothing finishes, all of it does at 48
        var recovery = new Recovery(jobs(20, 48), RATE);

        assertThat(recovery.throughputBack(START.plusSeconds(40)).orElseThrow()).isBetween(3.0, 8.0);
        assertThat(recovery.backlogDrained(START.plusSeconds(40)).orElseThrow()).isBetween(7.5, 8.5);
    }

    @Test
    void saysWhereItNeverComesBack() {
        var recovery = new Recovery(jobs(20, 10_000), RATE);

        assertThat(recovery.throughputBack(START.plusSeconds(200))).isEmpty();
        assertThat(recovery.backlogDrained(START.plusSeconds(200))).isEmpty();
    }

    /// A minute of jobs that finish as they come, but for those created from one second on, which wait until another.
    private static List<Job> jobs(int standsFrom, int standsUntil) {
        var jobs = new ArrayList<Job>();
        for (int i = 0; i < 60 * RATE; i++) {
            Instant created = START.plusMillis(i * 1000L / RATE);
            boolean waits = !created.isBefore(START.plusSeconds(standsFrom))
                    && created.isBefore(START.plusSeconds(standsUntil));
            Instant finished = waits ? START.plusSeconds(standsUntil) : created.plusMillis(1);
            jobs.add(new Job("job_" + i, "job-" + i, "succeeded", false, 0, 1, created, finished));
        }
        return jobs;
    }
}
