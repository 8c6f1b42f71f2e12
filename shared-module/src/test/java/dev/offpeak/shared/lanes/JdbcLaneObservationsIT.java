package dev.offpeak.shared.lanes;

import static org.assertj.core.api.Assertions.assertThat;

import dev.offpeak.shared.core.IdGenerator;
import dev.offpeak.shared.core.TimeOrderedIds;
import dev.offpeak.shared.lanes.LaneObservations.Due;
import dev.offpeak.shared.lanes.LaneObservations.Observed;
import dev.offpeak.shared.testing.TestServers;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.jdbc.datasource.DriverManagerDataSource;

/// What batches, calls and jobs look like from the choice of a lane, on a real PostgreSQL.
class JdbcLaneObservationsIT {

    private static final IdGenerator IDS = new TimeOrderedIds(InstantSource.system());
    private static final UUID TENANT = IDS.next();
    private static final Duration AN_HOUR = Duration.ofHours(1);

    private static JdbcClient jdbc;
    private static LaneObservations observations;

    @BeforeAll
    static void connect() {
        var database = TestServers.freshDatabase();
        jdbc = JdbcClient.create(
                new DriverManagerDataSource(database.jdbcUrl(), database.username(), database.password()));
        observations = new JdbcLaneObservations(jdbc);
        jdbc.sql("INSERT INTO tenant (id, name) VALUES (:id, 'acme')")
                .param("id", TENANT)
                .update();
    }

    @BeforeEach
    void empty() {
        List.of("provider_batch", "call", "job", "provider_pace")
                .forEach(table -> jdbc.sql("DELETE FROM " + table).update());
    }

    @Test
    void knowsHowLongBatchesTookByHourAndAllTogether() {
        for (int minutes = 1; minutes <= 100; minutes++) {
            batch("gpt-4o-mini", "date_trunc('day', now(), 'UTC') - interval '2 days'", minutes, "completed");
        }
        batch(
                "gpt-4o-mini",
                "date_trunc('day', now(), 'UTC') - interval '2 days' + interval '5 hours'",
                300,
                "expired");
        batch("gpt-4.1", "now() - interval '1 day'", 7, "completed");

        var observed = observations.batches(AN_HOUR);

        var atMidnight = one(observed, "gpt-4o-mini", 0);
        assertThat(atMidnight.seen()).isEqualTo(100);
        assertThat(atMidnight.took().p50()).isBetween(Duration.ofMinutes(50), Duration.ofMinutes(51));
        assertThat(atMidnight.took().p90()).isBetween(Duration.ofMinutes(90), Duration.ofMinutes(91));
        assertThat(atMidnight.took().p99()).isBetween(Duration.ofMinutes(99), Duration.ofMinutes(100));
        assertThat(one(observed, "gpt-4o-mini", 5).seen()).isEqualTo(1);
        assertThat(one(observed, "gpt-4o-mini", null).seen()).isEqualTo(101);
        assertThat(one(observed, "gpt-4.1", null).took().p90()).isEqualTo(Duration.ofMinutes(7));
    }

    @Test
    void leavesOutWhatSaysNothingOfATimeToCompletion() {
        batch("gpt-4o-mini", "now() - interval '20 days'", 1, "completed");
        batch("gpt-4o-mini", "now() - interval '1 day'", 1, "failed");
        batch("gpt-4o-mini", "now() - interval '1 day'", 1, "cancelled");
        batch("gpt-4o-mini", "now() - interval '1 day'", 1, "vanished");
        jdbc.sql("UPDATE provider_batch SET primer_of = id WHERE id = :id")
                .param("id", batch("gpt-4o-mini", "now() - interval '1 day'", 1, "completed"))
                .update();

        assertThat(observations.batches(AN_HOUR)).isEmpty();
    }

    @Test
    void countsABatchThatIsOutForLongerThanMostWithTheAgeItHasReached() {
        batch("gpt-4o-mini", "now() - interval '1 day'", 1, "completed");
        underWay("gpt-4o-mini", "now() - interval '30 seconds'");
        underWay("gpt-4o-mini", "now() - interval '3 hours'");
        underWay("gpt-4.1", "now() - interval '30 minutes'");
        underWay("gpt-4.1", "now() - interval '3 hours'");

        var observed = observations.batches(AN_HOUR);

        assertThat(one(observed, "gpt-4o-mini", null).seen())
                .as("one that ended and one that is late")
                .isEqualTo(2);
        assertThat(one(observed, "gpt-4o-mini", null).took().p99()).isGreaterThan(Duration.ofHours(2));
        assertThat(one(observed, "gpt-4.1", null).seen())
                .as("late by what was expected, for none has ended")
                .isEqualTo(1);
    }

    @Test
    void knowsHowLongTheNewestAnsweredCallsTook() {
        for (int seconds = 1; seconds <= 10; seconds++) {
            call("confirmed", seconds);
        }
        call("unconfirmed", 500);

        assertThat(observations.calls()).singleElement().satisfies(observed -> {
            assertThat(observed.provider()).isEqualTo("openai");
            assertThat(observed.seen()).isEqualTo(10);
            assertThat(observed.took().p90()).isEqualTo(Duration.ofMillis(9_100));
        });
    }

    @Test
    void countsWhatHasToBeFinishedByWhen() {
        job("queued", "15 seconds");
        job("batched", "16 seconds");
        job("queued", "10 minutes");
        job("succeeded", "15 seconds");

        assertThat(observations.due())
                .as("what a provider batch carries is not called")
                .containsExactly(new Due(null, Duration.ofSeconds(20), 1), new Due(null, Duration.ofMinutes(10), 1));
    }

    private static Observed one(List<Observed> observed, String model, @Nullable Integer hour) {
        return observed.stream()
                .filter(one -> one.model().equals(model) && Objects.equals(one.hour(), hour))
                .findFirst()
                .orElseThrow();
    }

    /// @param submitted an SQL expression
    private static UUID batch(String model, String submitted, int minutes, String endedAs) {
        UUID id = IDS.next();
        jdbc.sql("""
                INSERT INTO provider_batch (id, tenant_id, protocol, provider, account, model, endpoint, state, close_at,
                                            remote_id, submitted_at, ended_at, ended_as, finished_at)
                VALUES (:id, :tenant, 'openai', 'openai', 'default', :model, '/v1/chat/completions', 'reconciled', now(),
                        CAST(:id AS text), %s, %s + make_interval(mins => :minutes), :endedAs, now())
                """.formatted(submitted, submitted))
                .param("id", id)
                .param("tenant", TENANT)
                .param("model", model)
                .param("minutes", minutes)
                .param("endedAs", endedAs)
                .update();
        return id;
    }

    private static void underWay(String model, String submitted) {
        jdbc.sql("""
                INSERT INTO provider_batch (id, tenant_id, protocol, provider, account, model, endpoint, state, close_at,
                                            remote_id, submitted_at)
                VALUES (:id, :tenant, 'openai', 'openai', 'default', :model, '/v1/chat/completions', 'submitted', now(),
                        CAST(:id AS text), %s)
                """.formatted(submitted))
                .param("id", IDS.next())
                .param("tenant", TENANT)
                .param("model", model)
                .update();
    }

    private static void call(String status, int seconds) {
        jdbc.sql("""
                INSERT INTO call (id, created_at, begun_at, job_id, job_created_at, tenant_id, fence, worker_id, provider,
                                  account, model, estimate_input_tokens, estimate_output_tokens, status, ended_at)
                VALUES (:id, now(), now() - make_interval(secs => :seconds), :id, now(), :tenant, 1, :id, 'openai',
                        'default', 'gpt-4o-mini', 1, 1, :status, now())
                """)
                .param("id", IDS.next())
                .param("tenant", TENANT)
                .param("seconds", seconds)
                .param("status", status)
                .update();
    }

    private static void job(String status, String deadlineIn) {
        jdbc.sql("""
                INSERT INTO job (id, tenant_id, type, status, workflow, workflow_version, tier, deadline, finished_at)
                VALUES (:id, :tenant, 'generation', :status, 'classify', 1, 'fast', now() + CAST(:in AS interval),
                        CASE WHEN :status = 'succeeded' THEN now() END)
                """)
                .param("id", IDS.next())
                .param("tenant", TENANT)
                .param("status", status)
                .param("in", deadlineIn)
                .update();
    }
}
