package dev.offpeak.worker.batches;

import static org.assertj.core.api.Assertions.assertThat;

import dev.offpeak.shared.batches.BatchFeeds;
import dev.offpeak.shared.batches.BatchStatus;
import dev.offpeak.shared.batches.ClaimedBatch;
import dev.offpeak.shared.batches.UnfedLine;
import dev.offpeak.shared.core.BatchId;
import dev.offpeak.shared.core.ErrorCode;
import dev.offpeak.shared.core.JobId;
import dev.offpeak.shared.core.TenantId;
import dev.offpeak.shared.core.Usd;
import dev.offpeak.shared.core.WorkerId;
import dev.offpeak.shared.jobs.LineEstimate;
import dev.offpeak.shared.providerbatches.BulkCollector;
import dev.offpeak.shared.providerbatches.Group;
import dev.offpeak.shared.providers.ProviderAccount;
import dev.offpeak.shared.queue.Task;
import dev.offpeak.shared.workflows.Tier;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.springframework.transaction.support.TransactionOperations;

class HandingOnTest {

    private static final Instant NOW = Instant.parse("2026-11-22T00:00:00Z");
    private static final TenantId TENANT = new TenantId(new UUID(1, 1));
    private static final BatchId BATCH = new BatchId(new UUID(2, 2));
    private static final Group GROUP = new Group(
            TENANT, BATCH, new ProviderAccount("openai", "default", true), "gpt-4o-mini", "/v1/chat/completions", "");

    private final BulkInMemory bulk = new BulkInMemory();
    private LineRoute route = new LineRoute.InBatch(GROUP);
    private Function<UnfedLine, LineRoute> routes = _ -> route;

    private HandingOn.Went go(@Nullable String maxCost) {
        var settings = new FeederSettings(
                1_000, 500, 2000, 3, 100, Duration.ofSeconds(2), Duration.ofMillis(300), Duration.ofSeconds(10));
        var handingOn = new HandingOn(bulk, bulk, _ -> routes, TransactionOperations.withoutTransaction(), settings);
        var batch = new ClaimedBatch(
                BATCH,
                TENANT,
                1,
                BatchStatus.RUNNING,
                maxCost == null ? null : Usd.of(maxCost),
                false,
                10_000,
                NOW,
                NOW);
        return handingOn.go(batch, Long.MAX_VALUE);
    }

    @Test
    void beginsWithASmallProviderBatchSoThatFirstResultsComeEarly() {
        bulk.lines(4_000);

        var went = go(null);

        assertThat(went).isEqualTo(HandingOn.Went.ALL);
        assertThat(bulk.shards()).containsExactly(500, 2_000, 1_500);
        assertThat(bulk.collecting(GROUP))
                .as("the last one closes, for nothing more comes")
                .isZero();
    }

    @Test
    void keepsNoMoreShardsUnderWayThanItMay() {
        bulk.mostOfProvider = 2_000;
        bulk.lines(9_000);

        assertThat(go(null)).isEqualTo(HandingOn.Went.WAITS);
        assertThat(bulk.shards())
                .as("and the rest of the portion that filled the last one up")
                .containsExactly(500, 2_000, 2_000, 500);

        bulk.ended = 1;
        assertThat(go(null)).isEqualTo(HandingOn.Went.WAITS);
        assertThat(bulk.shards()).containsExactly(500, 2_000, 2_000, 2_000, 500);
    }

    @Test
    void handsAMixedUploadOnByTheThousandWhateverTheOrderOfItsLines() {
        List<LineRoute> three = Stream.of("a", "b", "c")
                .<LineRoute>map(prefix -> new LineRoute.InBatch(withPrefix(prefix)))
                .toList();
        routes = line -> three.get((int) (line.job().value().getLeastSignificantBits() % 3));
        bulk.lines(9_000);

        assertThat(go(null)).isEqualTo(HandingOn.Went.ALL);

        assertThat(three)
                .allSatisfy(way -> assertThat(bulk.sizes(((LineRoute.InBatch) way).group()))
                        .containsExactly(500, 2_000, 500));
        assertThat(bulk.reads)
                .as("nine portions, and one to see that nothing is left")
                .isEqualTo(10);
    }

    @Test
    void limitsTheShardsOfEachWayByItself() {
        bulk.mostOfProvider = 500;
        var other = new LineRoute.InBatch(withPrefix("other"));
        routes = line -> line.job().value().getLeastSignificantBits() < 4_000 ? route : other;
        bulk.lines(5_000);

        assertThat(go(null)).isEqualTo(HandingOn.Went.WAITS);

        assertThat(bulk.shards()).containsExactly(500, 500, 500, 500);
        assertThat(bulk.sizes(other.group())).as("lines behind those that wait").containsExactly(500, 500);
    }

    @Test
    void letsASmallBulkShareProviderBatchesThatSomebodyElseMayFillUp() {
        var shared = new Group(TENANT, null, GROUP.account(), GROUP.model(), GROUP.endpoint(), "");
        route = new LineRoute.InBatch(shared);
        bulk.lines(900);

        assertThat(go(null)).isEqualTo(HandingOn.Went.ALL);

        assertThat(bulk.sizes(shared)).containsExactly(900);
        assertThat(bulk.collecting(shared)).as("its age closes it").isEqualTo(900);
    }

    @Test
    void closesNothingThatItAddedNothingTo() {
        bulk.collecting.put(GROUP, 3); // lines that go again
        bulk.shards.put(GROUP, new ArrayList<>(List.of(3)));

        assertThat(go(null)).isEqualTo(HandingOn.Went.ALL);

        assertThat(bulk.collecting(GROUP)).isEqualTo(3);
    }

    private static Group withPrefix(String prefix) {
        return new Group(TENANT, BATCH, GROUP.account(), GROUP.model(), GROUP.endpoint(), prefix);
    }

    @Test
    void lendsTheQueueAFewLinesAtATime() {
        route = new LineRoute.Alone();
        bulk.lines(250);

        assertThat(go(null)).isEqualTo(HandingOn.Went.WAITS_ALONE);
        assertThat(bulk.calledAlone).isEqualTo(100);

        bulk.calledAlone = 40;
        assertThat(go(null)).isEqualTo(HandingOn.Went.WAITS_ALONE);
        assertThat(bulk.calledAlone).isEqualTo(100);
        assertThat(bulk.waiting).hasSize(90);
    }

    @Test
    void sendsWhatIsSureToStayBelowTheLimitAndWaitsForTheBill() {
        bulk.lines(1_000); // 0.01 each

        assertThat(go("6")).isEqualTo(HandingOn.Went.WAITS);
        assertThat(bulk.shards()).containsExactly(500, 100);

        // They came cheaper than estimated: 0.002 each.
        bulk.billed = Usd.of("1.2");
        bulk.underWay = Usd.ZERO;
        bulk.ended = 2;
        assertThat(go("6")).isEqualTo(HandingOn.Went.ALL);
        assertThat(bulk.waiting).isEmpty();
        assertThat(bulk.stopped).isNull();
    }

    @Test
    void countsLinesThatItHasCalledAtThePriceOfCalls() {
        route = new LineRoute.Alone();
        bulk.lines(10); // 0.02 each, where they are called

        assertThat(go("0.05")).isEqualTo(HandingOn.Went.WAITS);

        assertThat(bulk.calledAlone).isEqualTo(2);
    }

    @Test
    void stopsWhenTheNextLineCouldCostTooMuchAndNothingUnderWayChangesThat() {
        bulk.lines(10);
        bulk.billed = Usd.of("0.995");

        assertThat(go("1")).isEqualTo(HandingOn.Went.TOO_DEAR);
        assertThat(bulk.stopped).isEqualTo(ErrorCode.MAX_COST_EXCEEDED);
        assertThat(bulk.waiting).hasSize(10);
    }

    @Test
    void doesNotStopWhileALinePausesThatMayStillGo() {
        bulk.lines(2);
        bulk.pause(bulk.waiting.getFirst());
        bulk.estimate(bulk.waiting.getFirst(), "0.02");

        assertThat(go("0.015")).isEqualTo(HandingOn.Went.WAITS);
        assertThat(bulk.stopped).isNull();

        bulk.endPauses();
        assertThat(go("0.015")).as("it fits, and its bill may be small").isEqualTo(HandingOn.Went.WAITS);
        assertThat(bulk.shards()).containsExactly(1);
        assertThat(bulk.stopped).isNull();
    }

    @Test
    void sendsNothingWhereNotEvenOneLineFits() {
        bulk.lines(10);

        assertThat(go("0.005")).isEqualTo(HandingOn.Went.TOO_DEAR);
        assertThat(bulk.shards()).isEmpty();
    }

    @Test
    void writesNothingForABatchThatSomebodyElseHolds() {
        bulk.lines(10);
        bulk.lost = true;

        assertThat(go(null)).isEqualTo(HandingOn.Went.LOST);
        assertThat(bulk.waiting).hasSize(10);
    }

    /// A bulk and its provider batches, as the tables would have them.
    private static final class BulkInMemory implements BatchFeeds, BulkCollector {

        private final List<UnfedLine> waiting = new ArrayList<>();
        private final List<UnfedLine> pausing = new ArrayList<>();
        // of a group: the last one collects while its `collecting` is not 0
        private final Map<Group, List<Integer>> shards = new HashMap<>();
        private final Map<Group, Integer> collecting = new HashMap<>();
        private int mostOfProvider = 50_000;
        private int ended;
        private int calledAlone;
        private Usd billed = Usd.ZERO;
        private Usd underWay = Usd.ZERO;
        private @Nullable ErrorCode stopped;
        private boolean lost;
        private int reads;

        private List<Integer> shards() {
            return sizes(GROUP);
        }

        private List<Integer> sizes(Group group) {
            return shards.getOrDefault(group, List.of());
        }

        private int collecting(Group group) {
            return collecting.getOrDefault(group, 0);
        }

        private void lines(int count) {
            IntStream.range(0, count)
                    .mapToObj(number -> new UnfedLine(
                            new JobId(new UUID(3, number)),
                            NOW,
                            NOW.plus(Duration.ofHours(24)),
                            "classify",
                            1,
                            Tier.FAST,
                            true,
                            new LineEstimate(100, 100, 1_000, Usd.of("0.01"), Usd.of("0.02"))))
                    .forEach(waiting::add);
        }

        private void pause(UnfedLine line) {
            waiting.remove(line);
            pausing.add(line);
        }

        private void endPauses() {
            waiting.addAll(0, pausing);
            pausing.clear();
        }

        private void estimate(UnfedLine line, String usd) {
            waiting.set(
                    waiting.indexOf(line),
                    new UnfedLine(
                            line.job(),
                            line.createdAt(),
                            line.deadline(),
                            line.workflow(),
                            line.workflowVersion(),
                            line.tier(),
                            line.mayWait(),
                            new LineEstimate(100, 100, 1_000, Usd.of(usd), Usd.of(usd))));
        }

        @Override
        public boolean pausing(BatchId batch) {
            return !pausing.isEmpty();
        }

        @Override
        public int collect(BatchId batch, Group group, List<Line> lines, int mostLines) {
            int most = Math.min(mostLines, mostOfProvider);
            List<Integer> own = shards.computeIfAbsent(group, _ -> new ArrayList<>());
            for (var line : lines) {
                if (collecting(group) == 0) {
                    own.add(0);
                }
                int count = collecting.merge(group, 1, Integer::sum);
                own.set(own.size() - 1, count);
                Usd estimate = line.estimate();
                underWay = estimate == null ? underWay : underWay.plus(estimate);
                if (count == most) {
                    collecting.remove(group);
                }
            }
            Set<JobId> taken = lines.stream().map(Line::job).collect(Collectors.toSet());
            waiting.removeIf(one -> taken.contains(one.job()));
            return lines.size();
        }

        @Override
        public int close(BatchId bulk) {
            int closed = collecting.size();
            collecting.clear();
            return closed;
        }

        @Override
        public Optional<ClaimedBatch> lock(ClaimedBatch claim) {
            return lost ? Optional.empty() : Optional.of(claim);
        }

        @Override
        public List<UnfedLine> unfed(ClaimedBatch batch, @Nullable JobId after, int limit) {
            reads++;
            return waiting.stream()
                    .filter(line -> after == null || line.job().value().compareTo(after.value()) > 0)
                    .limit(limit)
                    .toList();
        }

        @Override
        public int release(Collection<JobId> lines) {
            waiting.removeIf(line -> lines.contains(line.job()));
            calledAlone += lines.size();
            return lines.size();
        }

        @Override
        public int calledAlone(BatchId batch) {
            return calledAlone;
        }

        @Override
        public Shards shards(Group group) {
            int open = collecting(group) == 0 ? 0 : 1;
            int all = sizes(group).size();
            return new Shards(all - open, collecting(group), all - ended);
        }

        @Override
        public Spending spending(ClaimedBatch batch) {
            return new Spending(billed, underWay);
        }

        @Override
        public void stop(ClaimedBatch claim, ErrorCode why) {
            stopped = why;
        }

        @Override
        public Optional<ClaimedBatch> claim(Task task, WorkerId worker, Duration deadAfter) {
            throw new UnsupportedOperationException();
        }

        @Override
        public int cancelAtProviders(BatchId batch) {
            throw new UnsupportedOperationException();
        }

        @Override
        public boolean open(BatchId batch) {
            throw new UnsupportedOperationException();
        }

        @Override
        public Optional<BatchStatus> end(ClaimedBatch claim) {
            throw new UnsupportedOperationException();
        }

        @Override
        public void putBack(ClaimedBatch claim, Duration pause) {
            throw new UnsupportedOperationException();
        }

        @Override
        public int wakeDue(int limit) {
            throw new UnsupportedOperationException();
        }

        @Override
        public int wakeForgotten(Duration deadAfter, int limit) {
            throw new UnsupportedOperationException();
        }
    }
}
