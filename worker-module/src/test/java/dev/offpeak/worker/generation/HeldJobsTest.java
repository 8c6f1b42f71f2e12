package dev.offpeak.worker.generation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.offpeak.shared.core.ErrorCode;
import dev.offpeak.shared.jobs.ClaimedJob;
import dev.offpeak.worker.generation.HeldJobs.Hold;
import dev.offpeak.worker.lanes.CallWindow.Seen;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class HeldJobsTest {

    private final AtomicBoolean mayStart = new AtomicBoolean(true);
    private final HeldJobs held = new HeldJobs(mayStart::get);
    private final ClaimedJob job = SomeJob.claimed();

    @AfterEach
    void leaveNoInterruptBehind() {
        assertThat(Thread.interrupted()).isFalse();
    }

    @Test
    void givesAJobToOneThreadAtATime() {
        Hold first = hold();

        assertThat(held.hold(job.id())).isEmpty();
        first.close();
        assertThat(held.hold(job.id())).isPresent();
    }

    @Test
    void cutsOffACallWhoseJobIsTakenAway() throws Exception {
        var calling = new CountDownLatch(1);
        var never = new CountDownLatch(1);
        var attempt = new FutureTask<>(() -> {
            try (Hold _ = hold()) {
                Seen<String> seen = held.open(job, () -> {
                    calling.countDown();
                    never.await();
                    return "answer";
                });
                return Thread.interrupted() ? "still interrupted" : seen;
            }
        });
        Thread.ofVirtual().start(attempt);
        calling.await();

        assertThat(held.claimed()).singleElement().satisfies(hold -> {
            assertThat(hold.takeAway(ErrorCode.JOB_CANCELLED)).isTrue();
            assertThat(hold.takeAway(ErrorCode.JOB_CANCELLED)).as("again").isFalse();
        });

        assertThat(attempt.get(3, TimeUnit.MINUTES)).isEqualTo(new Seen.TakenAway<>(true, ErrorCode.JOB_CANCELLED));
    }

    @Test
    void sendsNothingForAJobThatIsGoneAlready() throws InterruptedException {
        assertThat(hold().takeAway(ErrorCode.WORKER_LOST)).isFalse();

        Seen<String> seen = held.open(job, () -> {
            throw new AssertionError("sent");
        });

        assertThat(seen).isEqualTo(new Seen.TakenAway<>(false, ErrorCode.WORKER_LOST));
    }

    @Test
    void sendsNothingFromAWorkerThatMayBeHeldForDead() throws InterruptedException {
        hold();
        mayStart.set(false);

        Seen<String> seen = held.open(job, () -> {
            throw new AssertionError("sent");
        });

        assertThat(seen).isEqualTo(new Seen.MayNotStart<>());
    }

    @Test
    void interruptsNobodyOutsideOfACall() throws InterruptedException {
        Hold hold = hold();
        held.open(job, () -> "answer");

        assertThat(hold.takeAway(ErrorCode.JOB_CANCELLED)).isFalse();
        assertThat(Thread.currentThread().isInterrupted()).isFalse();
    }

    @Test
    void keepsAnAnswerThatCameJustAsItsJobWasTakenAway() throws InterruptedException {
        Hold hold = hold();

        Seen<String> seen = held.open(job, () -> {
            hold.takeAway(ErrorCode.JOB_CANCELLED);
            return "paid";
        });

        assertThat(seen).isEqualTo(new Seen.Ended<>("paid"));
        assertThat(Thread.currentThread().isInterrupted())
                .as("the settlement is not interrupted")
                .isFalse();
    }

    @Test
    void passesAStopOfTheWorkerOn() throws InterruptedException {
        var calling = new CountDownLatch(1);
        var stopped = new CountDownLatch(1);
        var thread = Thread.ofVirtual().start(() -> {
            try (Hold _ = hold()) {
                assertThatThrownBy(() -> held.open(job, () -> {
                            calling.countDown();
                            return new CountDownLatch(1).await(1, TimeUnit.HOURS);
                        }))
                        .isInstanceOf(InterruptedException.class);
                stopped.countDown();
            }
        });
        calling.await();

        thread.interrupt();

        await().until(() -> stopped.getCount() == 0);
    }

    private Hold hold() {
        Hold hold = held.hold(job.id()).orElseThrow();
        hold.claimed(job);
        return hold;
    }
}
