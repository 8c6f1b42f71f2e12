package dev.offpeak.worker.generation;

import dev.offpeak.shared.core.ErrorCode;
import dev.offpeak.shared.core.JobId;
import dev.offpeak.shared.jobs.ClaimedJob;
import dev.offpeak.worker.lanes.CallWindow;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/// The jobs that threads of this worker are busy with. What the database shows as ours and is not here, nobody works
/// on; what is here and no longer ours is interrupted while it waits for a provider.
final class HeldJobs implements CallWindow {

    private final Map<JobId, Hold> holds = new ConcurrentHashMap<>();
    private final BooleanSupplier mayStart;

    /// @param mayStart whether a request may still be sent; a process that was stopped for long and goes on may not
    HeldJobs(BooleanSupplier mayStart) {
        this.mayStart = mayStart;
    }

    /// For the calling thread.
    ///
    /// @return empty where a thread holds it already, which then knows that somebody asked
    Optional<Hold> hold(JobId job) {
        var hold = new Hold(job, Thread.currentThread());
        var holder = holds.compute(job, (_, other) -> other == null ? hold : other.asked());
        return holder == hold ? Optional.of(hold) : Optional.empty();
    }

    Collection<JobId> all() {
        return List.copyOf(holds.keySet());
    }

    /// Those whose job is claimed.
    List<Hold> claimed() {
        return holds.values().stream().filter(hold -> hold.claim() != null).toList();
    }

    @Override
    public <T> Seen<T> open(ClaimedJob job, Request<T> request) throws InterruptedException {
        Hold hold = holds.get(job.id());
        if (hold == null || !mayStart.getAsBoolean()) {
            return new Seen.MayNotStart<>();
        }
        ErrorCode gone = hold.enter();
        if (gone != null) {
            return new Seen.TakenAway<>(false, gone);
        }
        try {
            return new Seen.Ended<>(request.make());
        } catch (InterruptedException interrupted) {
            ErrorCode why = hold.takenAway();
            if (why == null) {
                throw interrupted; // not by us: the worker stops
            }
            return new Seen.TakenAway<>(true, why);
        } finally {
            hold.leave();
        }
    }

    /// One thread's hold of one job.
    final class Hold implements AutoCloseable {

        private final JobId job;
        private final Thread thread;
        private volatile @Nullable ClaimedJob claim;
        private @Nullable ErrorCode takenAway;
        private boolean calling;
        private boolean interrupted;
        private volatile boolean wanted;

        private Hold(JobId job, Thread thread) {
            this.job = job;
            this.thread = thread;
        }

        private Hold asked() {
            wanted = true;
            return this;
        }

        /// Whether a task came for the job while it was held. Once the hold is closed no more can.
        boolean wanted() {
            return wanted;
        }

        void claimed(ClaimedJob claimed) {
            claim = claimed;
        }

        @Nullable ClaimedJob claim() {
            return claim;
        }

        /// Keeps a request from being sent, or cuts it off.
        ///
        /// @return whether a request was under way
        synchronized boolean takeAway(ErrorCode why) {
            if (takenAway != null) {
                return false;
            }
            takenAway = why;
            if (calling) {
                interrupted = true;
                thread.interrupt();
            }
            return calling;
        }

        private synchronized @Nullable ErrorCode enter() {
            calling = takenAway == null;
            return takenAway;
        }

        private synchronized @Nullable ErrorCode takenAway() {
            return takenAway;
        }

        /// What is ours to interrupt is ours to calm: the thread has an outcome to write.
        private synchronized void leave() {
            calling = false;
            if (interrupted) {
                interrupted = false;
                Thread.interrupted();
            }
        }

        @Override
        public void close() {
            holds.remove(job, this);
        }
    }
}
