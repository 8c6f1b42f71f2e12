package dev.offpeak.bench.faults;

import static org.assertj.core.api.Assertions.assertThat;

import dev.offpeak.bench.faults.Evidence.Job;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

class RecoveryTest {

    private static final int RATE = 10;
    private static final Instant START = Instant.parse("2026-01-01T00:00:00Z");
    private static final Instant CALM_UNTIL = START.plusSeconds(10);
    private static final Instant NEXT = START.plusSeconds(90);

    @Test
    void isImmediateWhereNothingEverStood() {
        var recovery = calm(jobs(0, 0));

        assertThat(recovery.back(START.plusSeconds(20), NEXT)).hasValue(0);
        assertThat(recovery.backlogDrained(START.plusSeconds(20))).hasValue(0);
    }

    @Test
    void countsNewJobsAndNotTheBacklogThatIsWorkedOff() {
        // from 20 to 48 nothing finishes, all of it does at 48; those created from 46 on are in time all the same
        var recovery = calm(jobs(20, 48));

        assertThat(recovery.back(START.plusSeconds(40), NEXT).orElseThrow()).isBetween(5.0, 8.0);
        assertThat(recovery.backlogDrained(START.plusSeconds(40)).orElseThrow()).isBetween(7.0, 9.0);
    }

    @Test
    void startsAgainWhereItDoesNotLast() {
        List<Job> jobs = new ArrayList<>(jobs(60, 70));

        assertThat(calm(jobs).back(START.plusSeconds(40), NEXT).orElseThrow()).isGreaterThan(25);
    }

    @Test
    void saysWhereItNeverComesBack() {
        var recovery = calm(jobs(20, 10_000));

        assertThat(recovery.back(START.plusSeconds(50), NEXT)).isEmpty();
        assertThat(recovery.backlogDrained(START.plusSeconds(200))).isEmpty();
    }

    @Test
    void takesNoEndForASuccess() {
        List<Job> failed = changed(jobs(0, 0), job -> after(job, 40) ? ended(job, "failed") : job);

        assertThat(calm(failed).back(START.plusSeconds(40), NEXT)).isEmpty();
    }

    @Test
    void knowsNothingWithoutJobs() {
        List<Job> refused = jobs(0, 0).stream().filter(job -> !after(job, 40)).toList();

        assertThat(calm(refused).back(START.plusSeconds(40), NEXT)).isEmpty();
        assertThat(new Recovery(refused, refused, RATE).back(START.plusSeconds(20), NEXT))
                .as("without a calm to compare with")
                .isEmpty();
        assertThat(new Recovery(List.of(), List.of(), RATE).calm(START, CALM_UNTIL))
                .isEmpty();
    }

    private static Recovery calm(List<Job> jobs) {
        var recovery = new Recovery(jobs, jobs, RATE);
        recovery.calm(START, CALM_UNTIL);
        return recovery;
    }

    private static boolean after(Job job, int seconds) {
        return Duration.between(START, job.createdAt()).toSeconds() >= seconds;
    }

    private static List<Job> changed(List<Job> jobs, UnaryOperator<Job> change) {
        return jobs.stream().map(change).toList();
    }

    private static Job ended(Job job, String status) {
        return new Job(
                job.id(), job.key(), "t0", status, "", false, 0, job.createdAt(), job.deadline(), job.finishedAt());
    }

    /// 90 seconds of jobs that finish as they come, but for those created from one second on, which wait until another.
    private static List<Job> jobs(int standsFrom, int standsUntil) {
        var jobs = new ArrayList<Job>();
        for (int i = 0; i < 90 * RATE; i++) {
            Instant created = START.plusMillis(i * 1000L / RATE);
            boolean waits = !created.isBefore(START.plusSeconds(standsFrom))
                    && created.isBefore(START.plusSeconds(standsUntil));
            Instant finished = waits ? START.plusSeconds(standsUntil) : created.plusMillis(1);
            jobs.add(new Job(
                    "job_" + i,
                    "job-" + i,
                    "t0",
                    "succeeded",
                    "",
                    false,
                    0,
                    created,
                    created.plusSeconds(900),
                    finished));
        }
        return jobs;
    }
}
