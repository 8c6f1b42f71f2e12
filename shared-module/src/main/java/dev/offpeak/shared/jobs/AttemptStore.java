package dev.offpeak.shared.jobs;

import dev.offpeak.shared.core.ErrorCode;
import dev.offpeak.shared.core.JobId;
import dev.offpeak.shared.core.WorkerId;
import dev.offpeak.shared.ledger.CallStore;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Jobs as workers see them: claim, finish, put back. Every write but the claim is guarded by the
/// claim's fence.
public interface AttemptStore {

    /// Claims the job if it is queued, due and within its deadline; raises its fence and counts the
    /// attempt.
    ///
    /// @return empty where there is nothing to claim: another worker has it, it has ended, or it is not
    ///     due yet
    Optional<ClaimedJob> claim(JobId job, WorkerId worker);

    /// The claim of this worker's whose confirmation was lost on its way: the job runs with this worker
    /// and no call was begun. Only for who holds the job in this process and has just tried to claim it.
    Optional<ClaimedJob> unheardClaim(JobId job, WorkerId worker);

    /// Notes why the job goes the way it goes, for its receipt. In the caller's transaction.
    ///
    /// @return false where a newer claim holds the job, or it has ended
    boolean explain(ClaimedJob attempt, List<LaneReason> reasons);

    /// Ends the job in the caller's transaction: state, outcome, webhook message.
    ///
    /// @return false where a newer claim holds the job, or somebody else has ended it: nothing was
    ///     written. True also where this very claim had ended it before and only the answer to its commit
    ///     was lost
    boolean finish(ClaimedJob attempt, JobEnd end, Route route);

    /// Takes an answer whose call is confirmed though its job has ended, in the caller's transaction:
    /// whoever reads the job sees that it changed, and where the job has expired the result is kept as
    /// its late result. The first is.
    ///
    /// @param result null: nothing that would have been a success
    /// @return whether the result was kept
    boolean answeredLate(ClaimedJob attempt, @Nullable JobResult result, Route route);

    /// Puts the job back to wait; it is woken when the delay is over. One that was called directly
    /// because its line in a provider batch is late waits for that line again, and may be called again
    /// after the delay.
    ///
    /// @param countsAsAttempt false for a snooze
    /// @return false where a newer claim holds the job, or it has ended
    boolean putBack(ClaimedJob attempt, Duration delay, WaitReason why, boolean countsAsAttempt);

    /// A call that was to rescue the job has failed, and no other will be made: while the job's line in a
    /// provider batch is under way it is that line's again. In the caller's transaction.
    ///
    /// @return false where no line of it is under way, or the claim does not hold it: nothing was written
    boolean leaveToItsLine(ClaimedJob attempt);

    /// Which of these claims no longer hold their job. One whose job has merely expired still does: its
    /// answer is kept. So does one whose job was ended by its line meanwhile: its call is paid, and what
    /// it costs is known at its end.
    ///
    /// @return why each was lost: `job_cancelled`, or `worker_lost` where somebody took the job over or
    ///     ended it
    Map<JobId, ErrorCode> lostClaims(Collection<ClaimedJob> claims);

    /// Wakes queued jobs whose moment has come and that have no task.
    ///
    /// @return how many
    int wakeDue(int limit);

    /// Wakes queued jobs that are due but whose task is gone, all of them.
    ///
    /// @param deadAfter how long a worker may be silent on the database's clock
    /// @param limit how many to look at in one go
    /// @return how many were woken
    int wakeForgotten(Duration deadAfter, int limit);

    /// Wakes queued jobs that a dead worker had been given but had not claimed.
    ///
    /// @param deadAfter how long a worker may be silent on the database's clock
    /// @return how many were woken
    int wakeStranded(Duration deadAfter);

    /// Ends jobs whose deadline has passed, with their webhooks. One whose message cannot be written
    /// stays as it is and is tried again the next time.
    ///
    /// @return how many
    int expireDue(int limit);

    /// Returns running jobs of workers that have stopped beating to the queue, or to their line where one
    /// is under way, and fails those that killed five workers.
    ///
    /// @param deadAfter how long a worker may be silent on the database's clock
    TakenBack takeBack(Duration deadAfter, int limit);

    /// Puts jobs back that stand as running with this worker although it does not hold them: the answer
    /// to a claim was lost on its way, or a thread died over it. That counts like the death of a worker,
    /// so that no job goes on killing threads. Jobs claimed within the last ten seconds are left alone.
    ///
    /// @param held asked once the database has said what time it is: who waits for a connection finds
    ///     jobs that were claimed meanwhile, and must know that they are held
    TakenBack releaseUnheld(WorkerId worker, Supplier<? extends Collection<JobId>> held, int limit);

    /// What became of jobs that nobody worked on any more.
    ///
    /// @param all how many there were
    /// @param failed how many of them had been lost too often and have ended
    /// @param abandoned what now stands in the ledger for calls of those that ended
    record TakenBack(int all, int failed, List<CallStore.Estimate> abandoned) {

        public static final TakenBack NOTHING = new TakenBack(0, 0, List.of());

        public TakenBack {
            abandoned = List.copyOf(abandoned);
        }

        TakenBack plus(TakenBack more) {
            return new TakenBack(
                    all + more.all,
                    failed + more.failed,
                    Stream.concat(abandoned.stream(), more.abandoned.stream()).toList());
        }
    }
}
