package dev.offpeak.shared.providers;

import static java.util.stream.Collectors.counting;
import static java.util.stream.Collectors.groupingBy;
import static org.assertj.core.api.Assertions.assertThat;

import dev.offpeak.shared.providers.DirectCapacity.Due;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class DirectCapacityTest {

    private static final Duration SLOW = Duration.ofSeconds(2);

    private final DirectCapacity tenASecond = new DirectCapacity(10, SLOW, 0);

    @Test
    void meetsADeadlineThatLeavesTheQueueAndTheSlowestCallTheirTime() {
        var busy = new DirectCapacity(10, SLOW, 99);

        assertThat(busy.meets(Duration.ofSeconds(12))).isTrue();
        assertThat(busy.meets(Duration.ofMillis(11_999))).isFalse();
    }

    @Test
    void leavesAllToTheirLinesWhileThereIsTime() {
        assertThat(begin(0, due(60, 100), due(3600, 10_000))).isZero();
    }

    @Test
    void beginsAtTheLastMomentForTheNearestDeadline() {
        assertThat(begin(0, due(12, 100), due(3600, 10_000))).isZero();
        assertThat(begin(1, due(12, 100), due(3600, 10_000))).isEqualTo(100);
    }

    @Test
    void beginsEarlyWhereManyDeadlinesFollowOneAnother() {
        assertThat(begin(0, due(100, 1), due(101, 989)))
                .as("the last of them is just met")
                .isZero();
        assertThat(begin(0, due(100, 1), due(101, 990))).isEqualTo(991);
    }

    @Test
    void letsWhatCannotBeMetTakeNobodysPlace() {
        assertThat(begin(0, due(5, 10_000), due(120, 1_000)))
                .as("30 of the first are met, then 1,000 more within 105 seconds")
                .isEqualTo(10_000);
    }

    /// Against a clock that is run by hand: once a second the plan is asked, what it says is called at
    /// the permitted rate, nothing is ever answered by a batch. All that could be met by calling from the
    /// first moment on is met.
    @Test
    void meetsAllThatCouldBeMetWhateverTheDeadlines() {
        var random = new Random(5);
        for (int round = 0; round < 300; round++) {
            int rate = 1 + random.nextInt(20);
            List<Integer> deadlines = new ArrayList<>();
            int groups = 1 + random.nextInt(6);
            for (int group = 0; group < groups; group++) {
                int at = 3 + random.nextInt(120);
                int jobs = 1 + random.nextInt(rate * 30);
                for (int i = 0; i < jobs; i++) {
                    deadlines.add(at);
                }
            }
            deadlines.sort(null);

            assertThat(met(deadlines, rate, false)).as("round " + round).isEqualTo(met(deadlines, rate, true));
        }
    }

    @Test
    void callsNothingThatABatchStillAnswersInTime() {
        var random = new Random(6);
        for (int round = 0; round < 300; round++) {
            int jobs = 1 + random.nextInt(500);
            var left = Duration.ofSeconds(jobs / 10 + 4 + random.nextInt(100));

            assertThat(tenASecond.beginNow(List.of(new Due(left, jobs)), Duration.ofSeconds(1)))
                    .as("round " + round)
                    .isZero();
        }
    }

    /// @param fromTheStart whether all is called at once, earliest deadline first
    private static int met(List<Integer> deadlines, int rate, boolean fromTheStart) {
        var capacity = new DirectCapacity(rate, SLOW, 0);
        List<Integer> waiting = new ArrayList<>(deadlines);
        int met = 0;
        for (int now = 0; !waiting.isEmpty(); now++) {
            int second = now;
            waiting.removeIf(deadline -> deadline < second + SLOW.toSeconds()); // nobody calls for these any more
            int begin =
                    fromTheStart ? waiting.size() : capacity.beginNow(buckets(waiting, second), Duration.ofSeconds(1));
            for (int i = 0; i < Math.min(begin, rate) && !waiting.isEmpty(); i++) {
                int deadline = waiting.removeFirst();
                met += second + SLOW.toSeconds() <= deadline ? 1 : 0;
            }
        }
        return met;
    }

    private static List<Due> buckets(List<Integer> deadlines, int now) {
        return deadlines.stream()
                .collect(groupingBy(deadline -> deadline, TreeMap::new, counting()))
                .entrySet()
                .stream()
                .map(due -> new Due(
                        Duration.ofSeconds(due.getKey() - now), due.getValue().intValue()))
                .toList();
    }

    private int begin(int marginSeconds, Due... due) {
        return tenASecond.beginNow(List.of(due), Duration.ofSeconds(marginSeconds));
    }

    private static Due due(int seconds, int jobs) {
        return new Due(Duration.ofSeconds(seconds), jobs);
    }
}
