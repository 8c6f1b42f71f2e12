package dev.offpeak.worker.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.offpeak.shared.queue.Pool;
import dev.offpeak.shared.queue.RunJob;
import dev.offpeak.shared.queue.Task;
import dev.offpeak.shared.queue.TaskKind;
import dev.offpeak.shared.testing.TestServers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.jobrunr.jobs.Job;
import org.jobrunr.jobs.states.StateName;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class PoolsIT {

    private static final Duration DRAIN = Duration.ofSeconds(30);
    private static final UUID BIG = new UUID(5, 5);
    private static final UUID SMALL = new UUID(3, 3);
    private static final UUID OTHER = new UUID(7, 7);

    private final TestServers.Database database = TestServers.freshDatabase();

    @Test
    void startsATenantsOneTaskAheadOfTheTwentyThousandOfAnother() {
        var ran = Collections.synchronizedList(new ArrayList<UUID>());
        try (var engine = new TestEngine(database, 4, task -> {
            ran.add(tenantOf(task));
            pause(1);
        })) {
            queueMany(engine, BIG, 20_000);
            engine.start();
            Waiting.until(() -> ran.size() > 100);

            for (var late : List.of(SMALL, OTHER)) {
                engine.tasks.save(job(late));
                int committed = ran.size();

                Waiting.until(() -> ran.contains(late));
                assertThat(ran.indexOf(late) - committed)
                        .as("tasks of the big tenant that began after the small one's commit, at 4 places")
                        .isLessThan(60);
            }
            assertThat(ran.size()).as("the big tenant still waits").isLessThan(15_000);
            engine.jdbc
                    .sql("DELETE FROM jobrunr.jobrunr_jobs WHERE state = 'ENQUEUED'")
                    .update();
        }
    }

    @Test
    void givesEveryTenantATurnWhereThereAreMoreOfThemThanOneFetchLooksAt() {
        var tenants =
                IntStream.range(0, 150).mapToObj(i -> new UUID(i * 31L, i)).toList();
        Set<UUID> served = ConcurrentHashMap.newKeySet();
        var first = new AtomicInteger();
        try (var engine = new TestEngine(database, 3, task -> {
            served.add(tenantOf(task));
            if (served.size() < tenants.size()) {
                first.incrementAndGet();
            }
        })) {
            tenants.forEach(tenant -> engine.tasks.save(
                    IntStream.range(0, 20).mapToObj(_ -> job(tenant)).toList()));
            engine.start();

            Waiting.until(() -> served.size() == tenants.size());
            assertThat(first).as("tasks that ran until all had had a turn").hasValueLessThan(170);
            Waiting.until(() -> engine.tasks.countJobs(StateName.SUCCEEDED) == 3_000);
        }
    }

    @Test
    void startsAJobWhileAllPlacesOfDeliveriesHang() {
        startsOneWhileTheOthersHang(TaskKind.DELIVERY, TaskKind.JOB);
    }

    @Test
    void startsADeliveryWhileAllPlacesOfJobsHang() {
        startsOneWhileTheOthersHang(TaskKind.JOB, TaskKind.DELIVERY);
    }

    private void startsOneWhileTheOthersHang(TaskKind hanging, TaskKind free) {
        var hang = new CountDownLatch(1);
        var stuck = new AtomicInteger();
        var ran = new AtomicInteger();
        try (var engine = new TestEngine(database, places(4, 3), DRAIN, TestEngine.NO_POLL, task -> {
            if (task.kind() == hanging) {
                stuck.incrementAndGet();
                hang.await();
            } else {
                ran.incrementAndGet();
            }
        })) {
            engine.tasks.save(
                    IntStream.range(0, 500).mapToObj(_ -> task(hanging, BIG)).toList());
            engine.start();
            Waiting.until(() -> stuck.get() == places(4, 3).of(hanging.pool()));

            engine.tasks.save(task(free, BIG));

            Waiting.until(() -> ran.get() == 1);
            assertThat(stuck).hasValue(places(4, 3).of(hanging.pool()));
            engine.jdbc
                    .sql("DELETE FROM jobrunr.jobrunr_jobs WHERE state = 'ENQUEUED'")
                    .update();
            hang.countDown();
        }
    }

    @Test
    void neverRunsMoreThanThePlacesOfAPoolHoweverManyWakesCome() {
        Map<Pool, AtomicInteger> running = counters();
        Map<Pool, AtomicInteger> most = counters();
        var limits = places(6, 2);
        Map<Pool, CountDownLatch> all =
                Map.of(Pool.INTERACTIVE, new CountDownLatch(6), Pool.DELIVERIES, new CountDownLatch(2));
        try (var engine = new TestEngine(database, limits, DRAIN, task -> {
                    var pool = task.kind().pool();
                    counter(most, pool).accumulateAndGet(counter(running, pool).incrementAndGet(), Math::max);
                    var places = all.getOrDefault(pool, new CountDownLatch(0));
                    places.countDown();
                    places.await(); // nobody leaves his before all were taken
                    pause(3);
                    counter(running, pool).decrementAndGet();
                })
                .start()) {
            try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
                for (int i = 0; i < 8; i++) {
                    int number = i;
                    var unused = threads.submit(() -> {
                        for (int j = 0; j < 60; j++) {
                            engine.tasks.save(task(j % 2 == 0 ? TaskKind.JOB : TaskKind.DELIVERY, new UUID(number, 1)));
                            engine.server.wakeSoon();
                        }
                    });
                }
            }
            Waiting.until(() -> engine.tasks.countJobs(StateName.SUCCEEDED) == 480);
            Waiting.until(() -> engine.server.exact().busy() == 0);
            assertThat(engine.server.exact().busy(Pool.INTERACTIVE)).isZero();
        }
        assertThat(counter(most, Pool.INTERACTIVE)).hasValue(6);
        assertThat(counter(most, Pool.DELIVERIES)).hasValue(2);
    }

    @Test
    void sharesTasksBetweenTwoWorkersWithoutTakingOneTwiceOrLeavingOne() {
        Map<UUID, Integer> runs = new ConcurrentHashMap<>();
        try (var one = new TestEngine(database, 16, task -> runs.merge(task.id(), 1, Integer::sum));
                var other = new TestEngine(database, 16, task -> runs.merge(task.id(), 1, Integer::sum))) {
            for (int tenant = 0; tenant < 20; tenant++) {
                queueMany(one, new UUID(tenant, tenant), 100);
            }
            one.start();
            other.start();

            Waiting.until(() -> one.tasks.countJobs(StateName.SUCCEEDED) == 2_000);
        }
        assertThat(runs).hasSize(2_000);
        assertThat(runs.values()).containsOnly(1);
    }

    @Test
    void runsTasksBehindRowsThatAreBrokenOrContradictThemselves() {
        var ran = ConcurrentHashMap.<UUID>newKeySet();
        try (var engine = new TestEngine(database, 2, task -> ran.add(task.id()))) {
            var broken = job(BIG);
            var contradictory = job(BIG);
            var ended = job(BIG);
            var healthy = job(BIG);
            List.of(broken, contradictory, ended, healthy).forEach(engine.tasks::save);
            damage(engine, broken, "jobAsJson = replace(jobAsJson, '\"jobHistory\"', '\"jobHistory')");
            damage(engine, contradictory, "version = 41");
            damage(engine, ended, "jobAsJson = replace(jobAsJson, 'EnqueuedState', 'DeletedState')");
            engine.start();

            engine.awaitState(healthy.getId(), StateName.SUCCEEDED);
            assertThat(ran).containsExactly(idOf(healthy));
            assertThat(engine.jdbc
                            .sql("SELECT id FROM unreadable_task")
                            .query(String.class)
                            .list())
                    .containsExactlyInAnyOrder(
                            broken.getId().toString(),
                            contradictory.getId().toString(),
                            ended.getId().toString());
        }
    }

    @Test
    void runsTasksOfTheFirstReleaseInThePoolsOfTheirKinds() {
        var began = ConcurrentHashMap.<TaskKind>newKeySet();
        var hang = new CountDownLatch(1);
        try (var engine = new TestEngine(database, places(1, 1), DRAIN, task -> {
            began.add(task.kind());
            hang.await();
        })) {
            for (var kind : TaskKind.values()) {
                var old = TestEngine.task(new RunJob(kind.wire(), UUID.randomUUID(), 1, "default", 1, null));
                engine.tasks.save(old);
                damage(engine, old, "jobAsJson = replace(jobAsJson, ',\"tenant\":null', '')");
            }
            assertThat(engine.jdbc
                            .sql("SELECT count(*) FROM jobrunr.jobrunr_jobs WHERE jobAsJson LIKE '%\"tenant\"%'")
                            .query(Long.class)
                            .single())
                    .isZero();
            engine.start();

            Waiting.until(() -> began.size() == 2); // both at once, with one place each
            hang.countDown();
            Waiting.until(() -> engine.tasks.countJobs(StateName.SUCCEEDED) == 2);
        }
    }

    @Test
    void showsDepthAndAgeByPoolAndWhatOnlyANewerWorkerKnows() {
        try (var engine = new TestEngine(database, 2, _ -> {})) {
            var old = job(BIG);
            engine.tasks.save(old);
            engine.tasks.save(job(SMALL));
            engine.tasks.save(task(TaskKind.DELIVERY, BIG));
            engine.tasks.save(TestEngine.task(new RunJob("teleport", UUID.randomUUID(), 1, "interactive", 1, BIG)));
            damage(engine, old, "updatedAt = updatedAt - interval '100 seconds'");

            assertThat(new QueueDepth(engine.jdbc).read())
                    .containsEntry(List.of("interactive", "enqueued"), 2L)
                    .containsEntry(List.of("deliveries", "enqueued"), 1L)
                    .containsEntry(List.of("unknown", "enqueued"), 1L)
                    .containsEntry(List.of("bulk", "enqueued"), 0);
            var ages = new OldestDueTask(engine.jdbc).read();
            assertThat(ages.getOrDefault(List.of("interactive"), 0).doubleValue())
                    .isBetween(100.0, 160.0);
            assertThat(ages.getOrDefault(List.of("deliveries"), -1).doubleValue())
                    .isBetween(0.0, 60.0);
            assertThat(ages).containsKeys(List.of("unknown"), List.of("upkeep"));
        }
    }

    private static void queueMany(TestEngine engine, UUID tenant, int count) {
        for (int done = 0; done < count; done += 1_000) {
            engine.tasks.save(IntStream.range(0, Math.min(1_000, count))
                    .mapToObj(_ -> job(tenant))
                    .toList());
        }
    }

    private static Job job(UUID tenant) {
        return task(TaskKind.JOB, tenant);
    }

    private static Job task(TaskKind kind, @Nullable UUID tenant) {
        return TestEngine.task(
                new RunJob(kind.wire(), UUID.randomUUID(), 1, kind.pool().wire(), 1, tenant));
    }

    private static UUID idOf(Job job) {
        return ((RunJob) job.getJobDetails().getJobParameterValues()[0]).id();
    }

    private static UUID tenantOf(Task task) {
        var tenant = task.tenant();
        return tenant == null ? new UUID(0, 0) : tenant.value();
    }

    private static void damage(TestEngine engine, Job job, String how) {
        assertThat(engine.jdbc
                        .sql("UPDATE jobrunr.jobrunr_jobs SET " + how + " WHERE id = ?")
                        .param(job.getId().toString())
                        .update())
                .isOne();
    }

    private static Places places(int interactive, int deliveries) {
        return new Places(
                Map.of(Pool.INTERACTIVE, interactive, Pool.DELIVERIES, deliveries, Pool.BULK, 1, Pool.UPKEEP, 1));
    }

    private static Map<Pool, AtomicInteger> counters() {
        var counters = new EnumMap<Pool, AtomicInteger>(Pool.class);
        for (var pool : Pool.values()) {
            counters.put(pool, new AtomicInteger());
        }
        return counters;
    }

    private static AtomicInteger counter(Map<Pool, AtomicInteger> counters, Pool pool) {
        return counters.computeIfAbsent(pool, _ -> new AtomicInteger());
    }

    private static void pause(int milliseconds) throws InterruptedException {
        new CountDownLatch(1).await(milliseconds, TimeUnit.MILLISECONDS);
    }
}
