package dev.offpeak.worker.lanes.batch;

import static java.util.Objects.requireNonNull;

import dev.offpeak.shared.core.ErrorCode;
import dev.offpeak.shared.core.ProviderBatchId;
import dev.offpeak.shared.failpoints.Failpoint;
import dev.offpeak.shared.failpoints.Failpoints;
import dev.offpeak.shared.jobs.JobEnd;
import dev.offpeak.shared.providerbatches.CustomId;
import dev.offpeak.shared.providerbatches.LineEnd;
import dev.offpeak.shared.providerbatches.LineSettlement;
import dev.offpeak.shared.providerbatches.LineSettlement.Settled;
import dev.offpeak.shared.providerbatches.LineState;
import dev.offpeak.shared.providerbatches.OpenLine;
import dev.offpeak.shared.providerbatches.ProviderBatchRow;
import dev.offpeak.shared.providers.BatchProvider;
import dev.offpeak.shared.providers.LineResult;
import java.util.BitSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.dao.DataAccessResourceFailureException;
import org.springframework.dao.DataIntegrityViolationException;
import org.springframework.transaction.TransactionException;

/// One reading of a batch's results, in constant memory: a portion is settled as soon as it is there.
/// Whatever was settled by an earlier reading is passed over.
final class ResultReader implements BatchProvider.LineSink {

    private static final Logger log = LoggerFactory.getLogger(ResultReader.class);

    /// Of answers that wait to be settled, in characters.
    private static final long MOST_TEXT = 4_000_000;

    private final ProviderBatchRow batch;
    private final LineSettlement lines;
    private final LineJudge judge;
    private final int maxAttempts;
    private final ReconcileMeters meters;
    private final BitSet seen = new BitSet();
    private final Map<Integer, LineResult> portion = new LinkedHashMap<>();
    private final Map<Integer, LineResult.Unreadable> unreadableLines = new LinkedHashMap<>();
    private long text;
    private int duplicates;
    private int unknown;
    private int unreadable;
    private int setAside;
    private @Nullable ProviderBatchId another;

    ResultReader(
            ProviderBatchRow batch, LineSettlement lines, LineJudge judge, int maxAttempts, ReconcileMeters meters) {
        this.batch = batch;
        this.lines = lines;
        this.judge = judge;
        this.maxAttempts = maxAttempts;
        this.meters = meters;
    }

    /// A newer claim holds the batch: whoever reads goes home.
    static final class ClaimLost extends RuntimeException {
        private static final long serialVersionUID = 1L;
    }

    @Override
    public void line(LineResult result) throws InterruptedException {
        if (Thread.interrupted()) {
            throw new InterruptedException("stopped while reading results");
        }
        Optional<Integer> number = number(result);
        if (result instanceof LineResult.Unreadable cannotBeRead) {
            unreadable++;
            // the same line may come again and be whole, so it is kept for the end
            number.filter(line -> !seen.get(line)).ifPresent(line -> unreadableLines.putIfAbsent(line, cannotBeRead));
            return;
        }
        if (number.isEmpty()) {
            unknown++;
        } else if (seen.get(number.get())) {
            duplicates++;
        } else {
            seen.set(number.get());
            portion.put(number.get(), result);
            text += result instanceof LineResult.Answered answered
                    ? answered.completion().text().length()
                    : 0;
            if (portion.size() >= LineSettlement.MOST || text >= MOST_TEXT) {
                flush();
            }
        }
    }

    private Optional<Integer> number(LineResult result) {
        String text = result.customId();
        Optional<CustomId> id = text == null ? Optional.empty() : CustomId.parse(text);
        id.map(CustomId::batch).filter(named -> !named.equals(batch.id())).ifPresent(named -> another = named);
        return id.filter(parsed -> parsed.batch().equals(batch.id())).map(CustomId::number);
    }

    /// All results were read.
    void end() {
        flush();
        unreadableLines.forEach((number, result) -> {
            if (!seen.get(number)) {
                seen.set(number);
                portion.put(number, result);
            }
            if (portion.size() >= LineSettlement.MOST) {
                flush();
            }
        });
        flush();
    }

    private void flush() {
        if (portion.isEmpty()) {
            return;
        }
        List<LineEnd> ends = lines.open(batch, portion.keySet()).stream()
                .map(line -> judge.judge(batch, line, requireNonNull(portion.get(line.number()))))
                .toList();
        portion.clear();
        text = 0;
        settle(ends);
    }

    /// Lines that the provider says it has completed and of which no result spoke. They may be billed,
    /// whichever they are: as many as there are stand in the ledger with their estimates.
    ///
    /// @param completed as the provider counts
    void settleUnseen(int completed) {
        int unseen = completed - lines.billed(batch);
        while (unseen > 0 && setAside == 0) {
            List<OpenLine> open = lines.firstOpen(batch, Math.min(unseen, LineSettlement.MOST));
            if (open.isEmpty()) {
                return;
            }
            settle(open.stream().map(line -> judge.unseen(batch, line)).toList());
            unseen -= open.size();
        }
    }

    /// The next lines of those of which no result spoke.
    ///
    /// @return false where there are none
    boolean settleRest(LineState state) {
        List<OpenLine> rest = lines.firstOpen(batch, LineSettlement.MOST);
        settle(rest.stream().map(line -> LineJudge.rest(line, state)).toList());
        return !rest.isEmpty() && setAside == 0;
    }

    void settle(List<LineEnd> ends) {
        if (ends.isEmpty()) {
            return;
        }
        try {
            together(ends);
        } catch (ClaimLost | DataAccessResourceFailureException | TransactionException away) {
            throw away;
        } catch (RuntimeException broken) {
            if (ends.size() == 1) {
                alone(ends.getFirst(), broken);
            } else {
                ends.forEach(end -> settle(List.of(end)));
            }
        }
    }

    private void together(List<LineEnd> ends) {
        Settled settled = lines.settle(batch, ends, maxAttempts).orElseThrow(ClaimLost::new);
        Failpoints.reach(Failpoint.RECONCILE_CHUNK_COMMITTED);
        meters.settled(batch, settled);
    }

    private void alone(LineEnd end, RuntimeException broken) {
        if (broken instanceof DataIntegrityViolationException
                && end instanceof LineEnd.Answered answered
                && answered.end() instanceof JobEnd.Succeeded) {
            log.atError()
                    .addKeyValue("job", end.line().job())
                    .addKeyValue("batch", batch.id())
                    .setCause(broken)
                    .log("A paid answer cannot be stored; the job fails, its cost is in the ledger");
            settle(List.of(new LineEnd.Answered(
                    answered.line(),
                    new JobEnd.Failed(ErrorCode.INTERNAL_ERROR, "the answer cannot be stored", null),
                    answered.usage(),
                    answered.charge())));
            return;
        }
        setAside++;
        log.atError()
                .addKeyValue("job", end.line().job())
                .addKeyValue("batch", batch.id())
                .setCause(broken)
                .log("A line cannot be settled; its batch is read again in a minute, the other lines go on");
    }

    /// Lines of which a result spoke.
    int read() {
        return seen.cardinality();
    }

    int duplicates() {
        return duplicates;
    }

    int unknown() {
        return unknown;
    }

    /// Whom results name in this one's place, if any; whether there is such a batch is not said.
    Optional<ProviderBatchId> another() {
        return Optional.ofNullable(another);
    }

    int unreadable() {
        return unreadable;
    }

    /// Lines that could not be settled although their results are here.
    int heldUp() {
        return setAside;
    }
}
