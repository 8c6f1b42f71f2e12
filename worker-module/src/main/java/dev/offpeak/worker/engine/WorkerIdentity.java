package dev.offpeak.worker.engine;

import dev.offpeak.shared.core.WorkerId;
import java.time.Duration;

/// Who this worker is, and whether the others still believe that it lives.
public interface WorkerIdentity {

    /// This run of the process; a restart is another worker.
    WorkerId id();

    /// False while the others may hold this worker for dead, because it could not beat. Then it starts nothing new:
    /// what it began would be taken back and begun again elsewhere.
    boolean mayStart();

    /// True once this worker has beaten without a gap for as long as a dead one is waited for. Only then may it judge
    /// others: after an outage of the database everybody looks dead.
    boolean mayJudge();

    /// How long a worker may be silent, on the database's clock, before it is held for dead.
    Duration deadAfter();
}
