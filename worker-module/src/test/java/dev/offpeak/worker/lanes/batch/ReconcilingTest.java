package dev.offpeak.worker.lanes.batch;

import static org.assertj.core.api.Assertions.assertThat;

import dev.offpeak.shared.core.JobId;
import dev.offpeak.shared.core.ProviderBatchId;
import dev.offpeak.shared.core.TenantId;
import dev.offpeak.shared.core.Usd;
import dev.offpeak.shared.core.WorkerId;
import dev.offpeak.shared.jobs.JobEnd;
import dev.offpeak.shared.ledger.Charge;
import dev.offpeak.shared.ledger.Charges;
import dev.offpeak.shared.providerbatches.BatchQuota;
import dev.offpeak.shared.providerbatches.BatchState;
import dev.offpeak.shared.providerbatches.BatchSteps;
import dev.offpeak.shared.providerbatches.CustomId;
import dev.offpeak.shared.providerbatches.LineEnd;
import dev.offpeak.shared.providerbatches.LineSettlement;
import dev.offpeak.shared.providerbatches.OpenLine;
import dev.offpeak.shared.providerbatches.ProviderBatchRow;
import dev.offpeak.shared.providerbatches.ProviderBatchTwins;
import dev.offpeak.shared.providerbatches.ProviderBatches;
import dev.offpeak.shared.providerbatches.ReconcileReport;
import dev.offpeak.shared.providerbatches.ReconcileReports;
import dev.offpeak.shared.providerbatches.RefusedBatches;
import dev.offpeak.shared.providers.BatchCatalogue;
import dev.offpeak.shared.providers.BatchExchange;
import dev.offpeak.shared.providers.BatchProvider;
import dev.offpeak.shared.providers.Completion;
import dev.offpeak.shared.providers.LineResult;
import dev.offpeak.shared.providers.ProviderAccount;
import dev.offpeak.shared.providers.ProviderError;
import dev.offpeak.shared.providers.RemoteBatch;
import dev.offpeak.shared.providers.ResponseFormat;
import dev.offpeak.shared.providers.Usage;
import dev.offpeak.worker.lanes.AnswerCheck;
import dev.offpeak.worker.lanes.RetryRule;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.springframework.dao.DataIntegrityViolationException;

/// What a reading of results does with whatever a provider says. Provider and stores are stood in for.
class ReconcilingTest {

    private static final ProviderBatchId BATCH = new ProviderBatchId(new UUID(1, 2));
    private static final Instant NOW = Instant.parse("2026-11-22T12:00:00Z");
    private static final ReconcileSettings SETTINGS = new ReconcileSettings(
            Duration.ofSeconds(5),
            Duration.ofMinutes(10),
            Duration.ofSeconds(30),
            Duration.ofHours(1),
            Duration.ofSeconds(15));

    private final List<LineResult> results = new ArrayList<>();
    private final SequencedMap<Integer, String> settled = new LinkedHashMap<>();
    private final List<Integer> portions = new ArrayList<>();
    private final List<String> done = new ArrayList<>();
    private final List<ProviderBatchTwins.Twin> twins = new ArrayList<>();
    private int lines = 3;
    private int completed = 3;
    private int failed;
    private @Nullable String outputFile = "file-out";
    private @Nullable ProviderError error;
    private Duration ago = Duration.ofMinutes(1);
    private boolean vanished;
    private RemoteBatch.Status status = RemoteBatch.Status.COMPLETED;
    private Duration refusedFor = Duration.ZERO;
    private @Nullable String errorCode;
    private int splits;
    private int refusedBefore;
    private boolean siblingRefused;
    private @Nullable Integer unstorable;
    private @Nullable Integer broken;

    @Test
    void settlesEachLineOnceWhateverElseIsSaid() throws InterruptedException {
        results.add(answered(1, "one"));
        results.add(answered(1, "one again"));
        results.add(new LineResult.Failed(id(2), true, "server_error", "oops"));
        results.add(answered(99, "not ours"));
        results.add(new LineResult.Answered("pb_other-1", completion("stray")));
        results.add(new LineResult.Unreadable(null, "garbage"));
        completed = 1;

        assertThat(reconcile("completed")).isEmpty();

        assertThat(settled)
                .containsExactly(Map.entry(1, "ok one"), Map.entry(2, "again error"), Map.entry(3, "again lost"));
        assertThat(done).containsExactly("report 1 1 1", "reconciled");
    }

    @Test
    void judgesAnAnswerAsADirectOneIsJudged() throws InterruptedException {
        results.add(answered(1, " "));
        results.add(new LineResult.Failed(id(2), false, "invalid_request_error", "bad"));
        results.add(new LineResult.NotRun(id(3), LineResult.NotRun.Why.EXPIRED, "batch_expired"));
        completed = 1;

        reconcile("expired");

        assertThat(settled)
                .containsExactly(
                        Map.entry(1, "failed answer_empty"),
                        Map.entry(2, "refused invalid_request_error"),
                        Map.entry(3, "again expired"));
    }

    @Test
    void prefersAWholeLineToAMalformedOneOfTheSameName() throws InterruptedException {
        results.add(new LineResult.Unreadable(id(1), "cut"));
        results.add(new LineResult.Unreadable(id(2), "cut"));
        results.add(answered(1, "whole"));
        completed = 1;

        reconcile("completed");

        assertThat(settled)
                .containsExactly(Map.entry(1, "ok whole"), Map.entry(2, "unreadable"), Map.entry(3, "again lost"));
    }

    @Test
    void waitsForFilesThatTheCountsPromise() throws InterruptedException {
        outputFile = null;

        assertThat(reconcile("completed")).contains(Duration.ofSeconds(5));
        assertThat(settled).isEmpty();

        ago = Duration.ofMinutes(11);
        assertThat(reconcile("completed")).isEmpty();
        assertThat(settled.values()).as("what may be billed").containsOnly("unreadable");
    }

    @Test
    void waitsForAnswersThatTheCountsPromiseAndTheFilesDoNotShow() throws InterruptedException {
        results.add(answered(1, "one"));
        ago = Duration.ofSeconds(10);

        assertThat(reconcile("completed")).contains(Duration.ofSeconds(5));
        assertThat(settled).containsExactly(Map.entry(1, "ok one"));
    }

    @Test
    void settlesNothingMoreWhereAReadingBreaksOff() throws InterruptedException {
        error = new ProviderError.TimedOut("cut off");
        ago = Duration.ofHours(5);

        assertThat(reconcile("completed")).contains(Duration.ofSeconds(5));
        assertThat(settled).isEmpty();
        assertThat(done).containsExactly("troubled provider_timeout");
    }

    @Test
    void givesUpOnResultsThatAProviderRefusesForLong() throws InterruptedException {
        error = new ProviderError.Rejected("http_404", "no such file");
        ago = Duration.ofHours(20); // we were away
        assertThat(reconcile("completed")).contains(Duration.ofSeconds(5));
        assertThat(settled).isEmpty();

        refusedFor = Duration.ofHours(2);
        completed = 2;
        assertThat(reconcile("completed")).isEmpty();
        assertThat(settled.values())
                .as("as many as are said to have run may be billed")
                .containsExactly("unreadable", "unreadable", "again lost");
    }

    @Test
    void readsABatchThatWasGivenUpBeforeItIsLost() throws InterruptedException {
        answerAll();

        assertThat(reconcile("vanished")).isEmpty();

        assertThat(settled.values()).containsExactly("ok one", "ok two", "ok three");
    }

    @Test
    void declaresWhatABatchMayBillThatWasGivenUpWhileItRan() throws InterruptedException {
        status = RemoteBatch.Status.RUNNING;
        outputFile = null;
        completed = 1;

        assertThat(reconcile("vanished")).isEmpty();

        assertThat(settled.values()).containsExactly("unreadable", "again lost", "again lost");
    }

    @Test
    void losesTheLinesOfABatchThatVanished() throws InterruptedException {
        vanished = true;

        assertThat(reconcile("vanished")).isEmpty();

        assertThat(settled.values()).containsExactly("again lost", "again lost", "again lost");
    }

    @Test
    void asksAgainForABatchThatIsGoneForAMoment() throws InterruptedException {
        vanished = true;
        assertThat(reconcile("completed")).contains(Duration.ofSeconds(5));
        assertThat(settled).isEmpty();
    }

    @Test
    void settlesAtMostFiveHundredAtATime() throws InterruptedException {
        lines = 1_201;
        completed = 1_201;
        for (int line = 1; line <= lines; line++) {
            results.add(answered(line, "x"));
        }

        reconcile("completed");

        assertThat(portions).containsExactly(500, 500, 201);
        assertThat(settled).hasSize(1_201);
    }

    @Test
    void failsAJobWhosePaidAnswerCannotBeStoredAndSettlesTheOthers() throws InterruptedException {
        answerAll();
        unstorable = 2;

        assertThat(reconcile("completed")).isEmpty();

        assertThat(settled)
                .containsExactly(
                        Map.entry(1, "ok one"), Map.entry(2, "failed internal_error"), Map.entry(3, "ok three"));
    }

    @Test
    void readsABatchAgainOfWhichALineCannotBeSettled() throws InterruptedException {
        answerAll();
        broken = 2;

        assertThat(reconcile("completed")).contains(Duration.ofMinutes(1));

        assertThat(settled).as("and it is not given up as lost").containsOnlyKeys(1, 3);
        assertThat(done).isEmpty();
    }

    @Test
    void waitsForNoTwinAndAccountsForItLater() throws InterruptedException {
        answerAll();
        twins.add(new ProviderBatchTwins.Twin(BATCH, "batch_twin", NOW, NOW, null));

        assertThat(reconcile("completed")).isEmpty();
        assertThat(done).containsExactly("report 0 0 0", "reconciled");

        status = RemoteBatch.Status.RUNNING;
        reconciling().settleLateTwins(20);
        assertThat(done).as("it runs on").hasSize(2);
        status = RemoteBatch.Status.CANCELLED;
        reconciling().settleLateTwins(20);
        assertThat(done.subList(2, 4)).containsExactly("twin batch_twin 3", "twin ended");
    }

    @Test
    void handsATwinOverToTheBatchThatItsLinesName() throws InterruptedException {
        results.add(new LineResult.Answered(
                new CustomId(new ProviderBatchId(new UUID(8, 9)), 1).toString(), completion("another's")));
        twins.add(new ProviderBatchTwins.Twin(BATCH, "batch_twin", NOW, NOW, null));

        reconciling().settleLateTwins(20);

        assertThat(done).containsExactly("twin handOver");
    }

    @Test
    void givesUpATwinThatNeverEnds() throws InterruptedException {
        status = RemoteBatch.Status.RUNNING;
        twins.add(new ProviderBatchTwins.Twin(BATCH, "batch_twin", NOW.minus(Duration.ofHours(27)), NOW, null));

        reconciling().settleLateTwins(20);

        assertThat(done).containsExactly("twin ended");
    }

    @Test
    void waitsForRoomHoweverOftenThereIsNoneAndNoLongerEachTime() throws InterruptedException {
        errorCode = "token_limit_exceeded";
        splits = 40;

        reconcile("failed");
        refusedBefore = 10;
        reconcile("failed");

        assertThat(done)
                .containsExactly(
                        "quota refused",
                        "again PT15S",
                        "report 0 0 0",
                        "reconciled",
                        "quota refused",
                        "again PT10M",
                        "report 0 0 0",
                        "reconciled");
    }

    @Test
    void waitsWhereBothHalvesAreRefusedAndNobodyKnowsWhy() throws InterruptedException {
        errorCode = "server_error";
        reconcile("failed");
        siblingRefused = true;
        refusedBefore = 1;
        reconcile("failed");

        assertThat(done)
                .containsExactly(
                        "split 2 PT0S", "report 0 0 0", "reconciled", "split 1 PT30S", "report 0 0 0", "reconciled");
    }

    private void answerAll() {
        results.add(answered(1, "one"));
        results.add(answered(2, "two"));
        results.add(answered(3, "three"));
    }

    private Optional<Duration> reconcile(String endedAs) throws InterruptedException {
        return reconciling().reconcile(row(endedAs));
    }

    private Reconciling reconciling() {
        var retries = new RetryRule() {
            @Override
            public int maxAttempts() {
                return 3;
            }

            @Override
            public Duration after(int attempt) {
                return Duration.ofSeconds(attempt);
            }
        };
        Charges charges = proxy(Charges.class, (_, _, _) -> Charge.UNPRICED);
        return new Reconciling(
                new Reconciling.Stores(
                        batches(),
                        twinStore(),
                        new Lines(),
                        refusals(),
                        proxy(BatchSteps.class, (_, method, _) -> {
                            throw new IllegalStateException(method.getName());
                        }),
                        proxy(BatchQuota.class, (_, method, _) -> {
                            done.add("quota " + method.getName());
                            return null;
                        }),
                        proxy(ReconcileReports.class, (_, _, arguments) -> {
                            done.add("report " + arguments[1] + " " + arguments[2] + " " + arguments[3]);
                            return new ReconcileReport(
                                    BATCH, NOW, Map.of(), 0, 0, 0, Usage.NONE, Usd.ZERO, Usd.ZERO, Usd.ZERO, 0, null);
                        })),
                _ -> Optional.of(provider()),
                charges,
                new LineJudge(new AnswerCheck(), charges, retries),
                retries,
                SETTINGS,
                new ReconcileMeters(new SimpleMeterRegistry()));
    }

    private RefusedBatches refusals() {
        return proxy(RefusedBatches.class, (_, method, arguments) -> switch (method.getName()) {
            case "siblingRefused" -> siblingRefused;
            case "refusedBefore" -> refusedBefore;
            case "again" -> {
                done.add("again " + arguments[2]);
                yield lines;
            }
            case "split" -> {
                done.add("split " + arguments[1] + " " + arguments[2]);
                yield lines;
            }
            default -> {
                done.add(method.getName());
                yield null;
            }
        });
    }

    private ProviderBatches batches() {
        return proxy(ProviderBatches.class, (_, method, arguments) -> switch (method.getName()) {
            case "move" -> {
                done.add(((BatchState) arguments[1]).wire());
                yield Optional.of(arguments[0]);
            }
            case "unread" -> refusedFor;
            case "find" -> Optional.of(row("completed"));
            default -> done.add("troubled " + arguments[1]);
        });
    }

    private ProviderBatchTwins twinStore() {
        return proxy(ProviderBatchTwins.class, (_, method, _) -> switch (method.getName()) {
            case "late" -> List.copyOf(twins);
            default -> {
                done.add("twin " + method.getName());
                yield null;
            }
        });
    }

    private BatchProvider provider() {
        return proxy(BatchProvider.class, (_, method, arguments) -> switch (method.getName()) {
            case "find" -> new BatchExchange.Done<>(vanished ? Optional.empty() : Optional.of(remote()));
            case "results" -> {
                if (error != null) {
                    yield new BatchExchange.Failed<>(error);
                }
                for (LineResult result : results) {
                    ((BatchProvider.LineSink) arguments[1]).line(result);
                }
                yield new BatchExchange.Done<>(results.size());
            }
            case "capabilities" -> BatchCatalogue.of("openai").orElseThrow();
            default -> throw new IllegalStateException(method.getName());
        });
    }

    private RemoteBatch remote() {
        return new RemoteBatch(
                "batch_1",
                status,
                "in its words",
                lines,
                completed,
                failed,
                NOW,
                null,
                NOW,
                "file-in",
                outputFile,
                null,
                null,
                null,
                null,
                null,
                Map.of());
    }

    /// Lines 1 to [#lines], in memory.
    private final class Lines implements LineSettlement {

        @Override
        public List<OpenLine> open(ProviderBatchRow batch, Collection<Integer> numbers) {
            return numbers.stream()
                    .filter(number -> number <= lines && !settled.containsKey(number))
                    .map(ReconcilingTest::line)
                    .toList();
        }

        @Override
        public List<OpenLine> firstOpen(ProviderBatchRow batch, int limit) {
            List<Integer> all = new ArrayList<>();
            for (int number = 1; number <= lines; number++) {
                all.add(number);
            }
            return open(batch, all).stream().limit(limit).toList();
        }

        @Override
        public int billed(ProviderBatchRow batch) {
            return (int) settled.values().stream()
                    .filter(word -> word.startsWith("ok") || word.startsWith("failed") || word.equals("unreadable"))
                    .count();
        }

        @Override
        public Optional<Settled> settle(ProviderBatchRow batch, List<LineEnd> ends, int maxAttempts) {
            for (LineEnd end : ends) {
                boolean success =
                        end instanceof LineEnd.Answered answered && answered.end() instanceof JobEnd.Succeeded;
                if (unstorable != null && end.line().number() == unstorable && success) {
                    throw new DataIntegrityViolationException("as the test wants it");
                }
                if (broken != null && end.line().number() == broken) {
                    throw new IllegalStateException("as the test wants it");
                }
            }
            portions.add(ends.size());
            ends.forEach(end -> settled.put(end.line().number(), word(end)));
            return Optional.of(
                    new Settled(Map.of(), List.of(), Map.of(), 0, 0, Usd.ZERO, Usd.ZERO, Usd.ZERO, 0, Usage.NONE));
        }

        @Override
        public Map<Integer, Usage> estimates(ProviderBatchRow batch, Collection<Integer> numbers) {
            throw new IllegalStateException("every line of a twin can be read here");
        }

        @Override
        public int settleTwin(ProviderBatchRow batch, String remoteId, List<TwinLine> answered) {
            done.add("twin " + remoteId + " " + answered.size());
            return answered.size();
        }
    }

    private static String word(LineEnd end) {
        return switch (end) {
            case LineEnd.Answered answered ->
                switch (answered.end()) {
                    case JobEnd.Succeeded succeeded ->
                        "ok " + succeeded.result().text();
                    case JobEnd.Failed failed -> "failed " + failed.code().wire();
                };
            case LineEnd.Again again -> "again " + again.state().wire();
            case LineEnd.Refused refused -> "refused " + refused.vendorCode();
            case LineEnd.Unreadable _ -> "unreadable";
        };
    }

    private static OpenLine line(int number) {
        return new OpenLine(
                number,
                new UUID(3, number),
                new JobId(new UUID(4, number)),
                NOW,
                0,
                new ResponseFormat.Text(),
                Usage.of(10, 10));
    }

    private static LineResult answered(int number, String text) {
        return new LineResult.Answered(id(number), completion(text));
    }

    private static String id(int number) {
        return new CustomId(BATCH, number).toString();
    }

    private static Completion completion(String text) {
        return new Completion(text, Completion.FinishReason.STOP, Usage.of(5, 5), "gpt-4o-mini", null);
    }

    private ProviderBatchRow row(String endedAs) {
        return new ProviderBatchRow(
                BATCH,
                NOW,
                new TenantId(new UUID(5, 6)),
                null,
                new ProviderAccount("openai", "default", true),
                "gpt-4o-mini",
                "/v1/chat/completions",
                "",
                null,
                null,
                splits,
                BatchState.RECONCILING,
                lines,
                1,
                1,
                true,
                null,
                NOW,
                null,
                null,
                1,
                null,
                null,
                null,
                "batch_1",
                "completed",
                null,
                null,
                0,
                0,
                false,
                endedAs,
                errorCode,
                null,
                null,
                NOW,
                NOW,
                NOW,
                NOW,
                null,
                NOW.minus(ago),
                null,
                1,
                null,
                0,
                null,
                false,
                null,
                null,
                null,
                0,
                1,
                new WorkerId(new UUID(7, 8)),
                NOW,
                NOW);
    }

    private static <T> T proxy(Class<T> type, InvocationHandler handler) {
        return type.cast(Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, handler));
    }
}
