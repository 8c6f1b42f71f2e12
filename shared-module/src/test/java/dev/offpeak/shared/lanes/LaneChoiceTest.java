package dev.offpeak.shared.lanes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.offpeak.shared.core.Usd;
import dev.offpeak.shared.jobs.LaneReason;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class LaneChoiceTest {

    private static final int CASES = 20_000;

    private static final Quantiles AN_HOUR = Quantiles.expected(Duration.ofMinutes(60));
    private static final Quantiles SECONDS = Quantiles.expected(Duration.ofSeconds(10));
    private static final Usd LIST = Usd.of("0.02");
    private static final Usd HALF = Usd.of("0.01");

    @Test
    void leavesAJobToABatchWhereThatIsInTime() {
        var decision = LaneChoice.choose(question(Duration.ofHours(24), Willingness.MAY_WAIT));

        assertThat(decision).isInstanceOf(LaneDecision.Batch.class);
        assertThat(decision.chosen().cost()).isEqualTo(HALF);
        assertThat(decision.chosen().finish()).isEqualTo(Duration.ofMinutes(60).plusSeconds(30));
        assertThat(codes(decision)).containsExactly("cheapest_in_time");
        assertThat(decision.reasons().getFirst().message())
                .isEqualTo("A provider batch is the cheapest way in time: expected within 60 min, the deadline leaves"
                        + " 24 h.");
    }

    @Test
    void callsNowWhereABatchMightEndTooLate() {
        var decision = LaneChoice.choose(question(Duration.ofMinutes(15), Willingness.MAY_WAIT));

        assertThat(decision).isInstanceOf(LaneDecision.Direct.class);
        assertThat(codes(decision)).containsExactly("batch_too_slow");
        assertThat(decision.others().getFirst().way()).isEqualTo(Way.BATCH);
        assertThat(decision.others().getFirst().against()).isEqualTo(decision.reasons());
    }

    @Test
    void saysWhyAJobMayNotWait() {
        assertThat(codes(LaneChoice.choose(question(Duration.ofHours(24), Willingness.MUST_NOT_WAIT))))
                .containsExactly("must_not_wait");
        assertThat(codes(LaneChoice.choose(question(Duration.ofHours(24), Willingness.DIRECT_ONLY))))
                .containsExactly("workflow_is_direct");
        assertThat(codes(LaneChoice.choose(question(Duration.ofHours(24), Willingness.RESCUED))))
                .containsExactly("rescued");
    }

    @Test
    void takesTheFlexTierWhereABatchIsTooSlowForIt() {
        var decision =
                LaneChoice.choose(question(Duration.ofMinutes(15), Willingness.MAY_WAIT, true, true, LIST, HALF, null));

        assertThat(decision)
                .isInstanceOfSatisfying(
                        LaneDecision.Flex.class,
                        flex -> assertThat(flex.patience()).isPositive().isLessThan(Duration.ofMinutes(10)));
        assertThat(codes(decision)).containsExactly("cheapest_in_time", "batch_too_slow");
    }

    @Test
    void prefersABatchToAFlexCallOfTheSamePrice() {
        assertThat(LaneChoice.choose(
                        question(Duration.ofHours(24), Willingness.MAY_WAIT, true, true, LIST, HALF, null)))
                .isInstanceOf(LaneDecision.Batch.class);
    }

    @Test
    void callsNowWhereTheProviderHasNoBatches() {
        var decision =
                LaneChoice.choose(question(Duration.ofHours(24), Willingness.MAY_WAIT, false, false, LIST, HALF, null));

        assertThat(decision).isInstanceOf(LaneDecision.Direct.class);
        assertThat(codes(decision)).containsExactly("no_batch_api");
    }

    @Test
    void doesNotWaitForNothing() {
        var decision =
                LaneChoice.choose(question(Duration.ofHours(24), Willingness.MAY_WAIT, true, false, LIST, LIST, null));

        assertThat(decision).isInstanceOf(LaneDecision.Direct.class);
        assertThat(codes(decision)).containsExactly("not_cheaper");
    }

    @Test
    void keepsNoRoomForACallThatTheJobCouldNotPay() {
        Duration justEnough = Duration.ofMinutes(61).plusSeconds(1);

        assertThat(LaneChoice.choose(
                        question(justEnough, Willingness.MAY_WAIT, true, false, LIST, HALF, Usd.of("0.015"))))
                .isInstanceOf(LaneDecision.Batch.class);
        assertThat(LaneChoice.choose(
                        question(justEnough, Willingness.MAY_WAIT, true, false, LIST, HALF, Usd.of("0.05"))))
                .isInstanceOf(LaneDecision.Direct.class);
    }

    @Test
    void goesNowAndSaysSoWhereNothingIsInTimeOrWithinTheBudget() {
        var late = LaneChoice.choose(question(Duration.ofSeconds(5), Willingness.MAY_WAIT));
        var poor = LaneChoice.choose(
                question(Duration.ofHours(24), Willingness.MAY_WAIT, true, false, LIST, HALF, Usd.of("0.001")));

        assertThat(late).isInstanceOf(LaneDecision.Direct.class);
        assertThat(codes(late)).containsExactly("batch_too_slow", "deadline_at_risk");
        assertThat(poor).isInstanceOf(LaneDecision.Direct.class);
        assertThat(codes(poor)).containsExactly("over_max_cost", "over_max_cost");
    }

    @Test
    void isCarefulWithFlexThatMayBeBilledAtTheListPrice() {
        var decision = LaneChoice.choose(
                question(Duration.ofMinutes(15), Willingness.MAY_WAIT, true, true, LIST, HALF, Usd.of("0.015")));

        assertThat(decision.others())
                .filteredOn(option -> option.way() == Way.FLEX)
                .singleElement()
                .satisfies(option -> assertThat(option.against())
                        .extracting(LaneReason::code)
                        .contains("over_max_cost"));
    }

    @Test
    void manyThatAreCalledAtOnceFinishWithTheLastOfThem() {
        LaneQuestion one = question(Duration.ofMinutes(15), Willingness.MUST_NOT_WAIT);
        LaneQuestion many = many(one, 2_561);

        assertThat(one.finish(Way.DIRECT)).isEqualTo(SECONDS.p90());
        assertThat(many.finish(Way.DIRECT).minus(one.finish(Way.DIRECT)))
                .isCloseTo(SECONDS.p50().multipliedBy(10), Duration.ofMillis(2));
        assertThat(many.finish(Way.FLEX).minus(one.finish(Way.FLEX)))
                .isCloseTo(SECONDS.p50().multipliedBy(10), Duration.ofMillis(2));
        assertThat(many.finish(Way.BATCH)).as("they share a batch").isEqualTo(one.finish(Way.BATCH));
    }

    @Test
    void ofThoseOfWhomFewAreCalledAtOnceFewAreFinishedInTime() {
        Capacity all = capacity(256, 0);

        assertThat(all.within(10).perSecond()).isCloseTo(capacity(10, 0).perSecond(), within(1e-9));
        assertThat(all.within(1_000).perSecond()).isEqualTo(all.perSecond());
    }

    @Test
    void keepsMoreRoomTheMoreHaveToBeFinishedBefore() {
        var alone = capacity(10, 0);
        var behind = capacity(10, 1_000);

        assertThat(alone.room()).isEqualTo(SECONDS.p99().multipliedBy(2));
        assertThat(behind.room()).isCloseTo(alone.room().plus(SECONDS.p50().multipliedBy(100)), Duration.ofMillis(1));
        assertThat(alone.shortfall(alone.room())).isEmpty();
        assertThat(behind.shortfall(alone.room()))
                .singleElement()
                .satisfies(reason -> assertThat(reason.code()).isEqualTo("deadline_at_risk"))
                .satisfies(reason ->
                        assertThat(reason.message()).contains("others").doesNotContain("1000"));
    }

    @Test
    void neverBatchesWhatMayNotWait() {
        cases().filter(question -> question.willingness() != Willingness.MAY_WAIT)
                .forEach(question -> assertThat(LaneChoice.choose(question))
                        .as("%s", question)
                        .isInstanceOf(LaneDecision.Direct.class));
    }

    @Test
    void neverTakesALaneThatIsTooSlowForTheDeadline() {
        cases().forEach(question -> {
            var decision = LaneChoice.choose(question);
            if (!(decision instanceof LaneDecision.Direct)) {
                assertThat(decision.chosen().finish().plus(question.margin()))
                        .as("%s", question)
                        .isLessThanOrEqualTo(question.timeLeft());
            }
        });
    }

    @Test
    void isNeverDearerThanAnotherLaneThatIsInTimeToo() {
        cases().forEach(question -> {
            var decision = LaneChoice.choose(question);
            Usd cost = decision.chosen().cost();
            if (cost != null && decision.chosen().possible()) {
                decision.others().stream()
                        .filter(LaneOption::possible)
                        .map(LaneOption::cost)
                        .filter(Objects::nonNull)
                        .forEach(other -> assertThat(other).as("%s", question).isGreaterThanOrEqualTo(cost));
            }
        });
    }

    @Test
    void neverGetsDearerWithMoreTime() {
        cases().forEach(question -> {
            var sooner = LaneChoice.choose(question);
            var later = LaneChoice.choose(with(question, question.timeLeft().multipliedBy(3)));
            Usd before = sooner.chosen().cost();
            Usd after = later.chosen().cost();
            if (before != null && sooner.chosen().possible()) {
                assertThat(after).as("%s", question).isNotNull().isLessThanOrEqualTo(before);
            }
        });
    }

    @Test
    void alwaysTakesSomeLaneAndGivesReasonsAndTheOtherTwo() {
        cases().forEach(question -> {
            var decision = LaneChoice.choose(question);
            assertThat(decision.reasons()).as("%s", question).isNotEmpty();
            assertThat(Stream.concat(Stream.of(decision.chosen()), decision.others().stream())
                            .map(LaneOption::way))
                    .containsExactlyInAnyOrder(Way.values());
        });
    }

    @Test
    void staysWithinTheBudgetWhereSomeLaneDoes() {
        cases().forEach(question -> {
            var decision = LaneChoice.choose(question);
            if (decision.others().stream().anyMatch(LaneOption::possible)) {
                assertThat(question.affords(decision.chosen().cost()))
                        .as("%s", question)
                        .isTrue();
            }
        });
    }

    /// The same every time.
    private static Stream<LaneQuestion> cases() {
        var random = new Random(4);
        return Stream.generate(() -> any(random)).limit(CASES);
    }

    private static LaneQuestion any(Random random) {
        Usd list = random.nextInt(20) == 0 ? null : money(random);
        Usd batch = random.nextInt(20) == 0 ? null : discounted(random, list);
        return new LaneQuestion(
                upTo(random, Duration.ofDays(7)),
                Willingness.values()[random.nextInt(Willingness.values().length)],
                random.nextInt(5) > 0,
                random.nextInt(3) == 0,
                upTo(random, Duration.ofMinutes(2)),
                Quantiles.expected(upTo(random, Duration.ofHours(24))),
                Quantiles.expected(upTo(random, Duration.ofMinutes(15))),
                new Capacity(
                        Quantiles.expected(upTo(random, Duration.ofMinutes(2))),
                        (1 + random.nextInt(256)) / 2.0,
                        random.nextInt(10_000)),
                upTo(random, Duration.ofMinutes(1)),
                list,
                batch,
                random.nextInt(3) == 0 ? discounted(random, list) : batch,
                random.nextBoolean() ? null : money(random),
                1 + random.nextInt(1_000));
    }

    private static @Nullable Usd discounted(Random random, @Nullable Usd list) {
        return list == null || random.nextInt(10) == 0
                ? money(random)
                : new Usd(list.amount().multiply(new BigDecimal("0.5")));
    }

    private static Usd money(Random random) {
        return new Usd(BigDecimal.valueOf(1 + random.nextInt(1_000_000), 6));
    }

    /// Short times as often as long ones.
    private static Duration upTo(Random random, Duration most) {
        return Duration.ofMillis((long) Math.exp(random.nextDouble() * Math.log(most.toMillis())));
    }

    /// So many permits, and a call each that takes as long as most do.
    private static Capacity capacity(int permits, long ahead) {
        return new Capacity(SECONDS, permits / (SECONDS.p50().toNanos() / 1e9), ahead);
    }

    private static List<String> codes(LaneDecision decision) {
        return decision.reasons().stream().map(LaneReason::code).toList();
    }

    private static LaneQuestion question(Duration timeLeft, Willingness willingness) {
        return question(timeLeft, willingness, true, false, LIST, HALF, null);
    }

    private static LaneQuestion question(
            Duration timeLeft,
            Willingness willingness,
            boolean batches,
            boolean flex,
            @Nullable Usd list,
            @Nullable Usd discounted,
            @Nullable Usd budget) {
        return new LaneQuestion(
                timeLeft,
                willingness,
                batches,
                flex,
                Duration.ofSeconds(30),
                AN_HOUR,
                Quantiles.expected(Duration.ofMinutes(5)),
                capacity(256, 0),
                Duration.ofSeconds(30),
                list,
                discounted,
                discounted,
                budget,
                1);
    }

    private static LaneQuestion many(LaneQuestion question, int count) {
        return new LaneQuestion(
                question.timeLeft(),
                question.willingness(),
                question.batches(),
                question.flex(),
                question.collect(),
                question.batchTimes(),
                question.flexTimes(),
                question.direct(),
                question.margin(),
                question.directCost(),
                question.batchCost(),
                question.flexCost(),
                question.budget(),
                count);
    }

    private static LaneQuestion with(LaneQuestion question, Duration timeLeft) {
        return new LaneQuestion(
                timeLeft,
                question.willingness(),
                question.batches(),
                question.flex(),
                question.collect(),
                question.batchTimes(),
                question.flexTimes(),
                question.direct(),
                question.margin(),
                question.directCost(),
                question.batchCost(),
                question.flexCost(),
                question.budget(),
                question.count());
    }
}
