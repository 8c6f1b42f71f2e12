package dev.offpeak.worker.batches;

import dev.offpeak.shared.batches.BatchFeeds;
import dev.offpeak.shared.batches.BatchStatus;
import dev.offpeak.shared.batches.ClaimedBatch;
import dev.offpeak.shared.batches.UnfedLine;
import dev.offpeak.shared.core.ErrorCode;
import dev.offpeak.shared.core.JobId;
import dev.offpeak.shared.failpoints.Failpoint;
import dev.offpeak.shared.failpoints.Failpoints;
import dev.offpeak.shared.providerbatches.BulkCollector;
import dev.offpeak.shared.providerbatches.Group;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.springframework.transaction.support.TransactionOperations;

/// Hands lines of a batch on, in the order of the upload, a portion in each transaction: as many as its shards, its
/// window and its allowance permit.
final class HandingOn {

    /// What a collector takes at once.
    private static final int PORTION = 1_000;

    /// Portions that are passed over in one look because all their ways are barred just now.
    private static final int MOST_PASSED_OVER = 5;

    private final BatchFeeds feeds;
    private final BulkCollector collector;
    private final Function<ClaimedBatch, Function<UnfedLine, LineRoute>> routes;
    private final TransactionOperations transaction;
    private final FeederSettings settings;
    private final Allowances allowances;

    /// @param routes where the lines of a batch go, as things stand at the look
    HandingOn(
            BatchFeeds feeds,
            BulkCollector collector,
            Function<ClaimedBatch, Function<UnfedLine, LineRoute>> routes,
            TransactionOperations transaction,
            FeederSettings settings) {
        this.feeds = feeds;
        this.collector = collector;
        this.routes = routes;
        this.transaction = transaction;
        this.settings = settings;
        this.allowances = new Allowances(feeds, System::nanoTime);
    }

    /// How far a look came.
    enum Went {
        /// No line waits for its feeder.
        ALL,
        /// Lines wait until provider batches have ended, or until what is under way has been billed.
        WAITS,
        /// Lines wait until others have been called.
        WAITS_ALONE,
        /// The look was long enough; there is more to do at once.
        MORE,
        /// The next line could cost more than is left, and nothing under way or about to go again will change that.
        TOO_DEAR,
        /// A newer claim holds the batch, or it was cancelled meanwhile.
        LOST
    }

    Went go(ClaimedBatch batch, long until) {
        var look = new Look(batch);
        Went went = null;
        while (went == null) {
            went = System.nanoTime() < until
                    ? transaction.execute(_ -> look.portion()).end()
                    : Went.MORE;
        }
        return went;
    }

    /// What a portion came to; nothing where the next one may follow.
    private record Step(@Nullable Went end) {
        static final Step NEXT = new Step(null);
    }

    private final class Look {

        private final ClaimedBatch batch;
        private final Function<UnfedLine, LineRoute> routeOf;
        private final Allowance allowance;
        private final Set<LineRoute> barred = new HashSet<>();
        private @Nullable JobId last;
        private boolean leftBehind;
        private boolean tooDear;
        private boolean addedToItsOwn;
        private int portionsPassedOver;

        private Look(ClaimedBatch batch) {
            this.batch = batch;
            this.routeOf = routes.apply(batch);
            this.allowance = allowances.of(batch); // summed up before anything is locked
        }

        /// Lines of all ways may lie side by side in an upload: each way takes its lines of the portion at once.
        private Step portion() {
            var held = feeds.lock(batch);
            if (held.isEmpty() || held.get().status() != BatchStatus.RUNNING) {
                return new Step(Went.LOST);
            }
            List<UnfedLine> page = feeds.unfed(batch, last, PORTION);
            if (page.isEmpty()) {
                return new Step(noneLeft());
            }
            last = page.getLast().job();
            int handedOn = handOn(page);
            Failpoints.reach(Failpoint.FEED_WRITTEN);
            leftBehind |= handedOn < page.size();
            if (tooDear) {
                return new Step(tooDear());
            }
            return handedOn == 0 ? passOver() : Step.NEXT;
        }

        private int handOn(List<UnfedLine> page) {
            var ways = new LinkedHashMap<LineRoute, List<UnfedLine>>();
            page.forEach(line -> ways.computeIfAbsent(routeOf.apply(line), _ -> new ArrayList<>())
                    .add(line));
            int handedOn = 0;
            for (var way : ways.entrySet()) {
                handedOn += switch (way.getKey()) {
                    case LineRoute.Alone alone -> alone(alone, way.getValue());
                    case LineRoute.InBatch inBatch -> inBatch(inBatch, way.getValue());
                };
            }
            return handedOn;
        }

        /// No line is left that this look has not seen.
        private Went noneLeft() {
            if (leftBehind) {
                return waits();
            }
            if (addedToItsOwn) {
                collector.close(batch.id()); // nothing more will come
            }
            return Went.ALL;
        }

        private Step passOver() {
            portionsPassedOver++;
            return portionsPassedOver < MOST_PASSED_OVER ? Step.NEXT : new Step(waits());
        }

        private Went waits() {
            return barred.contains(new LineRoute.Alone()) ? Went.WAITS_ALONE : Went.WAITS;
        }

        private int alone(LineRoute.Alone route, List<UnfedLine> lines) {
            if (tooDear || barred.contains(route)) {
                return 0;
            }
            int places = Math.max(0, settings.alone() - feeds.calledAlone(batch.id()));
            if (places < lines.size()) {
                barred.add(route);
            }
            List<UnfedLine> now = affordable(route, lines.subList(0, Math.min(places, lines.size())));
            if (!now.isEmpty()) {
                feeds.release(now.stream().map(UnfedLine::job).toList());
            }
            return now.size();
        }

        private int inBatch(LineRoute.InBatch route, List<UnfedLine> lines) {
            int handedOn = 0;
            while (handedOn < lines.size() && !tooDear && !barred.contains(route)) {
                handedOn += intoOne(route, lines.subList(handedOn, lines.size()));
            }
            return handedOn;
        }

        /// Shards may differ in size, so that each is asked for by itself.
        private int intoOne(LineRoute.InBatch route, List<UnfedLine> lines) {
            Group group = route.group();
            int size = Integer.MAX_VALUE; // as many as the provider allows
            int room = size;
            if (group.bulk() != null) {
                var shards = feeds.shards(group);
                // one that filled up in the middle of a portion may have opened one too many
                int most = shards.collecting() == 0 ? settings.shards() - 1 : settings.shards();
                if (shards.underWay() > most) {
                    barred.add(route);
                    return 0;
                }
                size = shardSize(shards.closed());
                room = Math.max(1, size - shards.collecting());
            }
            List<UnfedLine> now = affordable(route, lines.subList(0, Math.min(room, lines.size())));
            if (!now.isEmpty()) {
                // one that waits no more is not taken: the next look sees what became of it
                collector.collect(
                        batch.id(), group, now.stream().map(HandingOn::line).toList(), size);
                addedToItsOwn |= group.bulk() != null;
            }
            return now.size();
        }

        /// The first of these lines that may be paid for; notes it where there is none.
        private List<UnfedLine> affordable(LineRoute route, List<UnfedLine> lines) {
            if (lines.isEmpty()) {
                return lines;
            }
            List<UnfedLine> now = lines.subList(0, allowance.fitting(route, lines));
            tooDear = now.isEmpty();
            allowance.spend(route, now);
            return now;
        }

        /// What is under way must be sent to be billed. What pauses may fit where the next line does not, and
        /// its bill may be smaller than what was thought.
        private Went tooDear() {
            collector.close(batch.id());
            if (allowance.mayGrow() || feeds.pausing(batch.id())) {
                return Went.WAITS;
            }
            feeds.stop(batch, ErrorCode.MAX_COST_EXCEEDED);
            return Went.TOO_DEAR;
        }
    }

    /// Small ones first, so that first results come early.
    private int shardSize(int closed) {
        return switch (closed) {
            case 0 -> settings.firstShard();
            case 1 -> settings.secondShard();
            default -> Integer.MAX_VALUE; // as many as the provider allows
        };
    }

    private static BulkCollector.Line line(UnfedLine line) {
        return new BulkCollector.Line(
                line.job(),
                line.createdAt(),
                line.deadline(),
                line.estimate().inputTokens(),
                line.estimate().outputTokens(),
                line.estimate().usd(),
                line.estimate().bytes());
    }
}
