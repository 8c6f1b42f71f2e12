package dev.offpeak.shared.lanes;

import dev.offpeak.shared.core.Usd;
import dev.offpeak.shared.jobs.LaneReason;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Chooses the cheapest lane whose estimated end leaves room before the deadline: for what is not known,
/// and for a call after all where the lane does not keep its promise. A call now is always possible, and
/// where nothing is in time it is what comes nearest.
public final class LaneChoice {

    /// Of two that cost the same: a call now is the fastest; a batch takes no permits from those who are in
    /// a hurry.
    private static final Comparator<LaneOption> CHEAPEST_FIRST = Comparator.comparing(
                    LaneOption::cost, Comparator.nullsLast(Comparator.naturalOrder()))
            .thenComparing(LaneOption::way);

    private LaneChoice() {}

    public static LaneDecision choose(LaneQuestion question) {
        List<LaneOption> options = Stream.of(Way.DIRECT, Way.BATCH, Way.FLEX)
                .map(way -> option(question, way))
                .sorted(CHEAPEST_FIRST)
                .toList();
        LaneOption chosen =
                options.stream().filter(LaneOption::possible).findFirst().orElseGet(() -> of(options, Way.DIRECT));
        List<LaneOption> others =
                options.stream().filter(option -> option.way() != chosen.way()).toList();
        List<LaneReason> reasons = reasons(question, chosen, options);
        return switch (chosen.way()) {
            case DIRECT -> new LaneDecision.Direct(chosen, reasons, others);
            case BATCH -> new LaneDecision.Batch(chosen, reasons, others);
            case FLEX ->
                new LaneDecision.Flex(
                        chosen, reasons, others, question.timeLeft().minus(needed(question, Way.FLEX)));
        };
    }

    private static LaneOption option(LaneQuestion question, Way way) {
        return new LaneOption(way, question.finish(way), question.cost(way), against(question, way));
    }

    private static List<LaneReason> against(LaneQuestion question, Way way) {
        return switch (way) {
            case DIRECT -> overBudget(question, question.directCost());
            case BATCH ->
                question.batches()
                        ? againstWaiting(question, way)
                        : List.of(ReasonCode.NO_BATCH_API.because("The provider has no batches."));
            case FLEX ->
                question.flex()
                        ? againstWaiting(question, way)
                        : List.of(
                                ReasonCode.NO_FLEX_TIER.because("The provider answers this model at one price only."));
        };
    }

    private static List<LaneReason> againstWaiting(LaneQuestion question, Way way) {
        var against = new ArrayList<>(unwilling(question.willingness()));
        Usd cost = question.cost(way);
        if (!cheaper(cost, question.directCost())) {
            against.add(ReasonCode.NOT_CHEAPER.because("It costs as much as a call now."));
        }
        // A flex call may be answered, and billed, at the list price.
        against.addAll(overBudget(question, way == Way.FLEX ? question.directCost() : cost));
        Duration needed = needed(question, way);
        if (question.timeLeft().compareTo(needed) < 0) {
            against.add(tooSlow(question, way, needed));
        }
        return against;
    }

    private static List<LaneReason> unwilling(Willingness willingness) {
        return switch (willingness) {
            case MAY_WAIT -> List.of();
            case MUST_NOT_WAIT ->
                List.of(ReasonCode.MUST_NOT_WAIT.because(
                        "Neither the job's own deadline nor its workflow says that it can wait, or its client waits."));
            case DIRECT_ONLY -> List.of(ReasonCode.WORKFLOW_IS_DIRECT.because("Its workflow's lane is direct."));
            case RESCUED ->
                List.of(ReasonCode.RESCUED.because("Its line in a provider batch was late for the deadline."));
        };
    }

    /// Where both are without a price, waiting is still the cheaper one: no provider asks more for it.
    private static boolean cheaper(@Nullable Usd cost, @Nullable Usd direct) {
        return cost == null ? direct == null : direct == null || cost.compareTo(direct) < 0;
    }

    private static List<LaneReason> overBudget(LaneQuestion question, @Nullable Usd cost) {
        return question.affords(cost)
                ? List.of()
                : List.of(ReasonCode.OVER_MAX_COST.because(
                        cost == null
                                ? "It has no price, so nobody can say that it stays within max_cost_usd."
                                : "It could cost " + cost + " USD, more than is left of max_cost_usd."));
    }

    /// The time that a deadline must leave. Where the job cannot afford a call now, no room is kept for one.
    private static Duration needed(LaneQuestion question, Way way) {
        Duration finish = question.finish(way).plus(question.margin());
        return question.affords(question.directCost())
                ? finish.plus(question.direct().room())
                : finish;
    }

    private static LaneReason tooSlow(LaneQuestion question, Way way, Duration needed) {
        String left = "; with room for a call after all that takes " + Words.of(needed) + ", the deadline leaves "
                + Words.of(question.timeLeft()) + ".";
        String expected = Words.of(question.finish(way));
        return switch (way) {
            case FLEX -> ReasonCode.FLEX_TOO_SLOW.because("A flex call is expected within " + expected + left);
            case BATCH, DIRECT ->
                ReasonCode.BATCH_TOO_SLOW.because("A provider batch is expected within " + expected + left);
        };
    }

    private static List<LaneReason> reasons(LaneQuestion question, LaneOption chosen, List<LaneOption> options) {
        return switch (chosen.way()) {
            case BATCH ->
                List.of(ReasonCode.CHEAPEST_IN_TIME.because(
                        "A provider batch is the cheapest way in time: expected within " + Words.of(chosen.finish())
                                + ", the deadline leaves " + Words.of(question.timeLeft()) + "."));
            case FLEX ->
                Stream.concat(
                                Stream.of(ReasonCode.CHEAPEST_IN_TIME.because(
                                        "A flex call is the cheapest way in time: expected within "
                                                + Words.of(chosen.finish()) + ", the deadline leaves "
                                                + Words.of(question.timeLeft()) + ".")),
                                of(options, Way.BATCH).against().stream())
                        .toList();
            case DIRECT -> direct(question, chosen, options);
        };
    }

    private static List<LaneReason> direct(LaneQuestion question, LaneOption chosen, List<LaneOption> options) {
        List<LaneReason> unwilling = unwilling(question.willingness());
        var reasons = new ArrayList<LaneReason>();
        if (unwilling.isEmpty()) {
            reasons.addAll(of(options, Way.BATCH).against());
            if (question.flex()) {
                of(options, Way.FLEX).against().stream()
                        .filter(reason -> !reasons.contains(reason))
                        .forEach(reasons::add);
            }
        } else {
            reasons.addAll(unwilling);
        }
        reasons.addAll(chosen.against());
        reasons.addAll(question.direct().shortfall(question.timeLeft()));
        return reasons.isEmpty()
                ? List.of(ReasonCode.NOT_CHEAPER.because("Nothing that is in time costs less."))
                : reasons;
    }

    private static LaneOption of(List<LaneOption> options, Way way) {
        return options.stream()
                .filter(option -> option.way() == way)
                .findFirst()
                .orElseThrow();
    }
}
