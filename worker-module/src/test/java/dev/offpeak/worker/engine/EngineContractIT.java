package dev.offpeak.worker.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.offpeak.shared.queue.Pool;
import dev.offpeak.shared.queue.RunJob;
import dev.offpeak.shared.queue.TaskJson;
import dev.offpeak.shared.queue.TaskRunner;
import dev.offpeak.shared.queue.WakeBus;
import dev.offpeak.shared.testing.TestServers;
import java.time.Duration;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.jobrunr.jobs.Job;
import org.jobrunr.jobs.states.StateName;
import org.junit.jupiter.api.Test;

class EngineContractIT {

    private final TestServers.Database database = TestServers.freshDatabase();

    @Test
    void reachesEverySeamOfJobRunr() {
        try (var engine = new TestEngine(database, 2, task -> {}).start()) {
            assertThat(engine.server.getJobSteward()).isInstanceOf(WakeableSteward.class);
            assertThat(engine.server.getWorkDistributionStrategy()).isInstanceOf(ExactWorkStrategy.class);
            long before = engine.tasks.fetchStarts();

            var task = engine.enqueue();

            engine.awaitState(task, StateName.SUCCEEDED);
            assertThat(engine.tasks.fetchStarts()).isGreaterThan(before);
            Waiting.until(() -> engine.server.exact().busy() == 0);
        }
    }

    @Test
    void startsATaskLongBeforeThePoll() {
        var started = new AtomicInteger();
        try (var engine = withoutPolls(task -> started.incrementAndGet()).start()) {
            for (int i = 1; i <= 40; i++) {
                int tasks = i;
                engine.enqueue();
                Waiting.until(() -> started.get() == tasks);
            }
        }
    }

    @Test
    void neverRunsMoreThanItsWorkersAndUsesAllOfThem() {
        var running = new AtomicInteger();
        var most = new AtomicInteger();
        var all = new CountDownLatch(8);
        try (var engine = new TestEngine(database, 8, task -> occupy(running, most, all)).start()) {
            var tasks = IntStream.range(0, 300)
                    .mapToObj(i -> TestEngine.task(UUID.randomUUID(), "job"))
                    .toList();
            engine.tasks.save(tasks);

            Waiting.until(() -> engine.tasks.countJobs(StateName.SUCCEEDED) == 300);
        }
        assertThat(most).hasValue(8);
    }

    @Test
    void usesAllOfItsWorkersAfterAStopAndAStart() {
        var running = new AtomicInteger();
        var most = new AtomicInteger();
        var all = new CountDownLatch(4);
        try (var engine = new TestEngine(database, 4, task -> occupy(running, most, all)).start()) {
            engine.server.stop();
            Waiting.until(engine.server::isAnnounced);
            engine.tasks.save(IntStream.range(0, 60)
                    .mapToObj(i -> TestEngine.task(UUID.randomUUID(), "job"))
                    .toList());

            Waiting.until(() -> engine.tasks.countJobs(StateName.SUCCEEDED) == 60);
        }
        assertThat(most).hasValue(4);
    }

    @Test
    void startsAServerAgainThatStopped() {
        try (var engine = new TestEngine(database, 2, task -> {}).start()) {
            engine.server.stop();
            assertThat(engine.server.isAnnounced()).isFalse();

            Waiting.until(engine.server::isAnnounced);

            engine.awaitState(engine.enqueue(), StateName.SUCCEEDED);
        }
    }

    @Test
    void listensAgainWhenItsConnectionIsKilled() {
        try (var engine = withoutPolls(task -> {}).start()) {
            Waiting.until(() -> engine.listener.hearing().listening());
            var before = engine.listener.hearing();
            assertThat(engine.jdbc.sql("""
                            SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                             WHERE datname = current_database() AND application_name = 'listener'
                            """).query().listOfRows()).hasSize(1);

            Waiting.until(() -> engine.listener.hearing().listening()
                    && !engine.listener.hearing().equals(before));

            engine.awaitState(engine.enqueue(), StateName.SUCCEEDED);
        }
    }

    @Test
    void failsATaskOfAnUnknownTypeAlone() {
        try (var engine = new TestEngine(database, 2, task -> {})) {
            var stranger = engine.enqueue();
            engine.jdbc.sql("""
                            UPDATE jobrunr.jobrunr_jobs
                            SET jobAsJson = replace(jobAsJson, 'queue.RunJob', 'queue.Gone') WHERE id = ?
                            """).param(stranger.toString()).update();
            engine.start();

            engine.awaitState(stranger, StateName.FAILED);
            engine.awaitState(engine.enqueue(), StateName.SUCCEEDED);
        }
    }

    @Test
    void setsARowAsideThatNobodyCanRead() {
        try (var engine = new TestEngine(database, 2, task -> {})) {
            var broken = engine.enqueue();
            var healthy = engine.enqueue();
            engine.jdbc
                    .sql("UPDATE jobrunr.jobrunr_jobs SET jobAsJson = '{', updatedAt = '2000-01-01' WHERE id = ?")
                    .param(broken.toString())
                    .update();
            engine.start();

            engine.awaitState(healthy, StateName.SUCCEEDED);
            engine.tasks.setAsideStrangers(""); // it names no pool, so that no fetch asks for it
            assertThat(engine.jdbc
                            .sql("SELECT id FROM unreadable_task")
                            .query(String.class)
                            .list())
                    .containsExactly(broken.toString());
        }
    }

    @Test
    void leavesATaskOfAnUnknownKindAlone() {
        var ran = new AtomicInteger();
        try (var engine = new TestEngine(database, 2, task -> ran.incrementAndGet())) {
            var strange = engine.enqueue("teleport");
            var newer = UUID.randomUUID();
            engine.tasks.save(TestEngine.task(new RunJob("job", newer, 1, "interactive", 2, null)));
            var known = engine.enqueue();
            engine.start();

            engine.awaitState(known, StateName.SUCCEEDED);
            long fetches = engine.tasks.fetchStarts();
            assertThat(engine.isIn(strange, StateName.ENQUEUED)).isTrue();
            assertThat(engine.isIn(newer, StateName.ENQUEUED)).isTrue();
            assertThat(engine.tasks.setAsideStrangers("")).isEmpty();
            assertThat(engine.isIn(strange, StateName.ENQUEUED))
                    .as("whole rows are kept")
                    .isTrue();
            assertThat(fetches).as("nobody spins on them").isLessThan(20);
        }
        assertThat(ran).hasValue(1);
    }

    @Test
    void leavesAFailedTaskFailed() {
        var runs = new AtomicInteger();
        try (var engine = new TestEngine(database, 2, task -> {
                    runs.incrementAndGet();
                    throw new IllegalStateException("no retry of JobRunr's");
                })
                .start()) {
            engine.awaitState(engine.enqueue(), StateName.FAILED);
            engine.awaitState(engine.enqueue(), StateName.FAILED);
        }
        assertThat(runs).hasValue(2);
    }

    @Test
    void runsATaskAgainThatAStoppingWorkerInterrupted() {
        var runs = new AtomicInteger();
        var endless = new CountDownLatch(1);
        var second = new TestEngine(database, 2, task -> runs.incrementAndGet());
        var first = new TestEngine(database, 2, Duration.ofMillis(100), task -> {
            runs.incrementAndGet();
            endless.await();
        });
        try (first;
                second) {
            first.start();
            var task = first.enqueue();
            Waiting.until(() -> runs.get() == 1);

            first.engine.stop();
            second.start();

            second.awaitState(task, StateName.SUCCEEDED);
        }
        assertThat(runs).hasValue(2);
    }

    @Test
    void letsATaskRunOnWhileItsServerGivesUpAndIsStartedAgain() {
        var runs = new AtomicInteger();
        var mayEnd = new CountDownLatch(1);
        try (var engine = new TestEngine(database, 2, task -> {
                    runs.incrementAndGet();
                    mayEnd.await();
                })
                .start()) {
            var task = engine.enqueue();
            Waiting.until(() -> runs.get() == 1);

            engine.server.stop(); // what JobRunr does when the database takes no beat
            Waiting.until(engine.server::isAnnounced);

            assertThat(engine.server.exact().busy(Pool.INTERACTIVE))
                    .as("places taken")
                    .isOne();
            mayEnd.countDown();
            engine.awaitState(task, StateName.SUCCEEDED);
            Waiting.until(() -> engine.server.exact().busy() == 0);
            engine.awaitState(engine.enqueue(), StateName.SUCCEEDED);
        }
        assertThat(runs).as("one for each task").hasValue(2);
    }

    @Test
    void letsATaskRunOnThatWasTakenForOrphanedAndFetchedAgain() {
        var runs = new AtomicInteger();
        var mayEnd = new CountDownLatch(1);
        var ended = new CountDownLatch(1);
        try (var engine = new TestEngine(database, 2, task -> {
                    if (runs.incrementAndGet() == 1) {
                        mayEnd.await();
                        ended.countDown();
                    }
                })
                .start()) {
            var task = engine.enqueue();
            Waiting.until(() -> runs.get() == 1);

            var orphan = engine.tasks.getJobById(task); // as by a master whose clock is fast
            orphan.failed("Orphaned job", new IllegalThreadStateException("lost"));
            new InfrastructureFaultFilter().onStateElection(orphan, orphan.getJobState());
            engine.tasks.save(orphan);

            engine.awaitState(task, StateName.SUCCEEDED); // by the second run
            assertThat(runs).hasValue(2);
            mayEnd.countDown();
            Waiting.until(() -> ended.getCount() == 0);
            Waiting.until(() -> engine.server.exact().busy() == 0);
            assertThat(engine.isIn(task, StateName.SUCCEEDED)).isTrue();
        }
    }

    @Test
    void goesOnDrainingWhereItsServerStartsAgainMeanwhile() {
        try (var engine = new TestEngine(database, 2, task -> {}).start()) {
            engine.server.exact().drain();
            engine.server.stop();
            Waiting.until(engine.server::isAnnounced);

            assertThat(engine.server.exact().isDraining()).isTrue();
        }
    }

    @Test
    void givesUpOnATaskThatItsServersDoNotSurvive() {
        try (var engine = new TestEngine(database, 2, task -> {})) {
            var job = TestEngine.task(UUID.randomUUID(), "job");
            var filter = new InfrastructureFaultFilter();
            for (int fault = 1; fault <= 6; fault++) {
                assertThat(job.hasState(StateName.ENQUEUED))
                        .as("before fault " + fault)
                        .isTrue();
                job.startProcessingOn(engine.server);
                job.failed("Orphaned job", new IllegalThreadStateException("lost"));
                filter.onStateElection(job, job.getJobState());
            }
            assertThat(job.hasState(StateName.FAILED)).isTrue();
        }
    }

    @Test
    void letsATaskRunOnWhoseRowAnOperatorDeleted() {
        var began = new CountDownLatch(1);
        var mayEnd = new CountDownLatch(1);
        var ended = new CountDownLatch(1);
        try (var engine = new TestEngine(database, 2, task -> {
                    began.countDown();
                    mayEnd.await();
                    ended.countDown();
                })
                .start()) {
            var task = engine.enqueue();
            Waiting.until(() -> began.getCount() == 0);
            engine.tasks.save(engine.tasks.getJobById(task).delete("by an operator"));
            Waiting.until(
                    () -> engine.server.getJobSteward().getJobsInProgress().isEmpty()); // the next beat met it

            assertThat(engine.server.isAnnounced()).isTrue();
            mayEnd.countDown();
            Waiting.until(() -> ended.getCount() == 0);
            assertThat(engine.isIn(task, StateName.DELETED)).isTrue();
        }
    }

    @Test
    void drainsATaskThatOutlastsTheOrphanTimeOutWithoutASecondRun() {
        var runs = new AtomicInteger();
        var nap = new CountDownLatch(1);
        var second = new TestEngine(database, 2, task -> runs.incrementAndGet());
        var first = new TestEngine(database, 2, task -> {
            runs.incrementAndGet();
            nap.await(27, TimeUnit.SECONDS); // four polls of five seconds make an orphan
        });
        try (first;
                second) {
            first.start();
            var task = first.enqueue();
            Waiting.until(() -> runs.get() == 1);
            second.start();

            first.engine.stop();

            assertThat(second.isIn(task, StateName.SUCCEEDED)).isTrue();
            second.awaitState(second.enqueue(), StateName.SUCCEEDED);
        }
        assertThat(runs).hasValue(2); // one for each task
    }

    @Test
    void readsBackWhatItWrote() {
        var mapper = TaskJson.mapper();
        var job = TestEngine.task(UUID.randomUUID(), "job");

        var read = mapper.deserialize(mapper.serialize(job), Job.class);

        assertThat(read.getJobDetails().getJobParameterValues())
                .isEqualTo(job.getJobDetails().getJobParameterValues());
        assertThat(WakeBus.CHANNEL).isEqualTo("offpeak_wake"); // old and new versions meet on it
    }

    private TestEngine withoutPolls(TaskRunner runner) {
        return new TestEngine(database, TestEngine.everywhere(4), Duration.ofSeconds(60), TestEngine.NO_POLL, runner);
    }

    /// @param all places: nobody leaves one before all were taken
    private static void occupy(AtomicInteger running, AtomicInteger most, CountDownLatch all)
            throws InterruptedException {
        most.accumulateAndGet(running.incrementAndGet(), Math::max);
        all.countDown();
        all.await();
        new CountDownLatch(1).await(15, TimeUnit.MILLISECONDS);
        running.decrementAndGet();
    }
}
