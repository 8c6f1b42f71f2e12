package dev.offpeak.worker.lanes.batch;

import static org.assertj.core.api.Assertions.assertThat;

import dev.offpeak.shared.providerbatches.Rescues;
import dev.offpeak.shared.providers.DirectCapacity;
import dev.offpeak.shared.providers.DirectCapacity.Due;
import dev.offpeak.shared.providers.PaceStore;
import dev.offpeak.shared.providers.ProviderAccount;
import dev.offpeak.worker.lanes.RetryRule;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class RescueChoreTest {

    private static final ProviderAccount ONE = new ProviderAccount("openai", "one", false);
    private static final ProviderAccount OTHER = new ProviderAccount("openai", "other", false);

    private final Waiting rescues = new Waiting();
    private final RescueChore chore = new RescueChore(
            rescues,
            (_, _) -> new DirectCapacity(10, Duration.ofSeconds(2), 0),
            new Unhurried(),
            new ThreeTries(),
            new RescueSettings(Duration.ofSeconds(5), 256, 48),
            new SimpleMeterRegistry());

    @Test
    void readsNoJobsWhileAllLinesCouldBeCalledInTime() {
        rescues.worst.put(ONE, List.of(new Due(Duration.ofMinutes(10), 1_000)));

        chore.run();

        assertThat(rescues.read).isEmpty();
    }

    @Test
    void takesNoRoomFromAnAccountForTheRescuesOfAnother() {
        rescues.late(ONE, 100);
        rescues.late(OTHER, 100);
        rescues.underWay.put(OTHER, 1_000);

        chore.run();

        assertThat(rescues.begun).isEqualTo(Map.of(ONE, 40));
    }

    @Test
    void looksAtTheJobsOfEachAccountThatMayBeLate() {
        rescues.late(ONE, 3);
        rescues.worst.put(OTHER, List.of(new Due(Duration.ZERO, 1)));

        chore.run();

        assertThat(rescues.read).containsExactlyInAnyOrder(ONE, OTHER);
        assertThat(rescues.begun).isEqualTo(Map.of(ONE, 3));
    }

    private static final class Waiting implements Rescues {

        final Map<ProviderAccount, List<Due>> worst = new HashMap<>();
        final Map<ProviderAccount, List<Due>> due = new HashMap<>();
        final Map<ProviderAccount, Integer> underWay = new HashMap<>();
        final Map<ProviderAccount, Integer> begun = new HashMap<>();
        final List<ProviderAccount> read = new ArrayList<>();

        void late(ProviderAccount account, int jobs) {
            due.put(account, List.of(new Due(Duration.ofSeconds(3), jobs)));
            worst.put(account, List.of(new Due(Duration.ofSeconds(3), jobs)));
        }

        @Override
        public List<Account> accounts() {
            return List.of(new Account(ONE, 1_000), new Account(OTHER, 1_000));
        }

        @Override
        public List<Due> atWorst(ProviderAccount account) {
            return worst.getOrDefault(account, List.of());
        }

        @Override
        public List<Due> due(ProviderAccount account, Duration within, int maxAttempts) {
            read.add(account);
            return due.getOrDefault(account, List.of());
        }

        @Override
        public int underWay(ProviderAccount account) {
            return underWay.getOrDefault(account, 0);
        }

        @Override
        public int begin(ProviderAccount account, int jobs, Duration within, Duration tooShort, int maxAttempts) {
            begun.put(account, jobs);
            return jobs;
        }

        @Override
        public int requeueStranded(int limit) {
            return 0;
        }
    }

    private record ThreeTries() implements RetryRule {

        @Override
        public int maxAttempts() {
            return 3;
        }

        @Override
        public Duration after(int attempt) {
            return Duration.ZERO;
        }
    }

    private record Unhurried() implements PaceStore {

        @Override
        public Pace read(ProviderAccount account, int most) {
            return new Pace(most, Duration.ZERO, 1);
        }

        @Override
        public void slowDown(ProviderAccount account, Duration pause, int most) {}

        @Override
        public void speedUp(ProviderAccount account, int most) {}
    }
}
