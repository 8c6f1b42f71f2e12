package dev.offpeak.shared.lanes;

import static org.assertj.core.api.Assertions.assertThat;

import dev.offpeak.shared.lanes.LaneObservations.Due;
import dev.offpeak.shared.lanes.LaneObservations.Observed;
import dev.offpeak.shared.providers.DirectCapacity;
import dev.offpeak.shared.providers.ProviderAccount;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.springframework.dao.DataAccessResourceFailureException;

class LaneTimesTest {

    private static final ProviderAccount OPENAI = new ProviderAccount("openai", "default", false);
    private static final String MODEL = "gpt-4o-mini";
    private static final Duration A_DAY = Duration.ofHours(24);
    private static final Duration AN_HOUR = Duration.ofMinutes(60);
    private static final Quantiles A_MINUTE =
            new Quantiles(Duration.ofSeconds(30), Duration.ofSeconds(60), Duration.ofSeconds(90));

    private final Seen seen = new Seen();
    private final MovingClock clock = new MovingClock();
    private final LaneTimes times = new LaneTimes(seen, seen::capacity, settings(), clock);

    private static LaneSettings settings() {
        return new LaneSettings(
                Duration.ofSeconds(30),
                Duration.ofSeconds(30),
                Duration.ofSeconds(2),
                AN_HOUR,
                Duration.ofMinutes(5),
                Duration.ofSeconds(10),
                5,
                Duration.ofMinutes(1),
                Duration.ofSeconds(2),
                List.of(),
                new LaneSettings.Direct(256));
    }

    @Test
    void expectsAnHourBeforeItHasSeenABatch() {
        var batch = times.batch(OPENAI, MODEL, A_DAY);

        assertThat(batch.p90()).isEqualTo(AN_HOUR);
        assertThat(batch.p50()).isLessThan(Duration.ofMinutes(20));
        assertThat(batch.p99()).isGreaterThan(Duration.ofMinutes(150));
    }

    @Test
    void expectsNothingBeyondTheWindow() {
        assertThat(times.batch(OPENAI, MODEL, Duration.ofMinutes(90)).p99()).isEqualTo(Duration.ofMinutes(90));
    }

    @Test
    void comesCloserToWhatItSeesTheMoreItSees() {
        seen.batches.add(new Observed("openai", MODEL, null, 5, A_MINUTE));
        Duration few = times.batch(OPENAI, MODEL, A_DAY).p90();
        seen.batches.set(0, new Observed("openai", MODEL, null, 500, A_MINUTE));
        clock.advance(Duration.ofMinutes(1));
        Duration many = times.batch(OPENAI, MODEL, A_DAY).p90();

        assertThat(few)
                .as("half way between an hour and a minute, as factors")
                .isBetween(Duration.ofSeconds(464), Duration.ofSeconds(466));
        assertThat(many).isBetween(Duration.ofSeconds(60), Duration.ofSeconds(65));
    }

    @Test
    void knowsItsHoursAndModelsApart() {
        seen.batches.add(new Observed("openai", MODEL, null, 100, A_MINUTE));
        seen.batches.add(new Observed("openai", MODEL, 12, 100, new Quantiles(AN_HOUR, AN_HOUR, AN_HOUR)));

        Duration atNoon = times.batch(OPENAI, MODEL, A_DAY).p90();
        clock.advance(AN_HOUR);
        Duration later = times.batch(OPENAI, MODEL, A_DAY).p90();

        assertThat(atNoon).isGreaterThan(Duration.ofMinutes(40));
        assertThat(later).isLessThan(Duration.ofMinutes(2));
        assertThat(times.batch(OPENAI, "gpt-4.1", A_DAY).p90()).isEqualTo(AN_HOUR);
        assertThat(times.batch(new ProviderAccount("openai", "default", true), MODEL, A_DAY)
                        .p90())
                .as("what the simulator does says nothing of the provider")
                .isEqualTo(AN_HOUR);
    }

    @Test
    void readsOnceAMinuteAtMost() {
        times.batch(OPENAI, MODEL, A_DAY);
        times.batch(OPENAI, "gpt-4.1", A_DAY);
        clock.advance(Duration.ofSeconds(59));
        times.batch(OPENAI, MODEL, A_DAY);
        assertThat(seen.reads).isEqualTo(1);

        clock.advance(Duration.ofSeconds(1));
        times.batch(OPENAI, MODEL, A_DAY);
        assertThat(seen.reads).isEqualTo(2);
    }

    @Test
    void goesOnWithWhatItKnewWhileTheDatabaseIsAway() {
        seen.batches.add(new Observed("openai", MODEL, null, 500, A_MINUTE));
        Duration known = times.batch(OPENAI, MODEL, A_DAY).p90();

        seen.away = true;
        clock.advance(Duration.ofMinutes(1));

        assertThat(times.batch(OPENAI, MODEL, A_DAY).p90()).isEqualTo(known);
        assertThat(seen.reads).isEqualTo(2);
        times.batch(OPENAI, MODEL, A_DAY);
        assertThat(seen.reads).as("not at every job").isEqualTo(2);
    }

    @Test
    void countsWhatHasToBeFinishedBefore() {
        seen.due.add(new Due("openai", Duration.ofSeconds(10), 4));
        seen.due.add(new Due(null, Duration.ofSeconds(10), 3));
        seen.due.add(new Due("anthropic", Duration.ofSeconds(10), 100));
        seen.due.add(new Due("openai", Duration.ofSeconds(60), 5));
        seen.callsPerSecond = 3;

        var soon = times.capacity(OPENAI, MODEL, Duration.ofSeconds(30));
        var late = times.capacity(OPENAI, MODEL, AN_HOUR);

        assertThat(soon.ahead()).isEqualTo(7);
        assertThat(late.ahead()).isEqualTo(12);
        assertThat(soon.perSecond()).isEqualTo(3);
        assertThat(seen.mostAskedFor).as("calls in flight at most").isEqualTo(256);
    }

    @Test
    void goesByWhatIsExpectedWhereNobodyCouldReadWhatAnAccountTakes() {
        seen.away = true;

        var capacity = times.capacity(OPENAI, MODEL, AN_HOUR);

        Duration call = Quantiles.expected(Duration.ofSeconds(10)).p50();
        assertThat(capacity.perSecond()).isEqualTo(256 / (call.toMillis() / 1e3));
    }

    /// What a database would say.
    private static final class Seen implements LaneObservations {

        private final List<Observed> batches = new ArrayList<>();
        private double callsPerSecond = 100;
        private int mostAskedFor;
        private final List<Due> due = new ArrayList<>();
        private int reads;
        private boolean away;

        @Override
        public List<Observed> batches(Duration expected) {
            reads++;
            if (away) {
                throw new DataAccessResourceFailureException("away");
            }
            return List.copyOf(batches);
        }

        @Override
        public List<Observed> calls() {
            return List.of();
        }

        private DirectCapacity capacity(ProviderAccount account, int most) {
            if (away) {
                throw new DataAccessResourceFailureException("away");
            }
            mostAskedFor = most;
            return new DirectCapacity(callsPerSecond, Duration.ofSeconds(10), 0);
        }

        @Override
        public List<Due> due() {
            return List.copyOf(due);
        }
    }

    private static final class MovingClock extends Clock {

        private Instant now = Instant.parse("2026-11-21T12:00:00Z");

        void advance(Duration by) {
            now = now.plus(by);
        }

        @Override
        public Instant instant() {
            return now;
        }

        @Override
        public ZoneId getZone() {
            return ZoneOffset.UTC;
        }

        @Override
        public Clock withZone(ZoneId zone) {
            return this;
        }
    }
}
