package dev.offpeak.shared.jobs;

import dev.offpeak.shared.ledger.CallStore;
import dev.offpeak.shared.ledger.LedgerStore;
import dev.offpeak.shared.queue.JobQueue;
import dev.offpeak.shared.webhooks.WebhookOutbox;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.transaction.support.TransactionOperations;

/// The real stores of jobs, for tests of other rooms.
public final class JobParts {

    private final JdbcClient jdbc;
    private final TransactionOperations transaction;
    private final JobQueue queue;
    private final JdbcJobReader reader;
    private final JdbcJobEndings endings;

    public JobParts(
            JdbcClient jdbc,
            TransactionOperations transaction,
            JobQueue queue,
            LedgerStore ledger,
            WebhookOutbox outbox,
            JobEndedBus bus) {
        this.jdbc = jdbc;
        this.transaction = transaction;
        this.queue = queue;
        this.reader = new JdbcJobReader(jdbc, ledger);
        this.endings = new JdbcJobEndings(jdbc, reader, outbox, bus);
    }

    public JobEndings endings() {
        return endings;
    }

    public JobStore jobs() {
        return new JdbcJobStore(jdbc, transaction, queue, reader, endings);
    }

    public AttemptStore attempts(CallStore calls) {
        return new JdbcAttemptStore(jdbc, transaction, queue, endings, calls);
    }

    public SettledCosts settledCosts() {
        return new JdbcSettledCosts(jdbc, transaction, endings);
    }
}
