package dev.offpeak.shared.providerbatches;

import dev.offpeak.shared.core.IdGenerator;
import dev.offpeak.shared.core.TimeOrderedIds;
import dev.offpeak.shared.jobs.JobEndings;
import dev.offpeak.shared.queue.JobQueue;
import java.time.InstantSource;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.transaction.support.TransactionOperations;

/// The real stores, for tests of other rooms.
public final class ProviderBatchStores {

    private final JdbcClient jdbc;
    private final TransactionOperations transaction;
    private final IdGenerator ids;
    private final JdbcCollector collector;
    private final JdbcProviderBatches batches;
    private final JdbcProviderBatchUpkeep upkeep;
    private final JdbcBatchSteps steps;

    public ProviderBatchStores(
            JdbcClient jdbc,
            TransactionOperations transaction,
            JobQueue queue,
            IdGenerator ids,
            CollectingLimits limits) {
        this.jdbc = jdbc;
        this.transaction = transaction;
        this.ids = ids;
        this.collector = new JdbcCollector(jdbc, transaction, queue, ids, limits);
        this.batches = new JdbcProviderBatches(jdbc);
        this.upkeep = new JdbcProviderBatchUpkeep(jdbc, transaction, queue, collector);
        this.steps = new JdbcBatchSteps(jdbc, transaction, batches, new JdbcBatchQuota(jdbc), ids);
    }

    public Collector collector() {
        return collector;
    }

    public BulkCollector bulk() {
        return collector;
    }

    public ProviderBatches batches() {
        return batches;
    }

    public ProviderBatchUpkeep upkeep() {
        return upkeep;
    }

    public BatchSteps steps() {
        return steps;
    }

    public ProviderBatchTwins twins() {
        return new JdbcProviderBatchTwins(jdbc);
    }

    public BatchQuota quota() {
        return new JdbcBatchQuota(jdbc);
    }

    public BatchLines lines() {
        return new JdbcBatchLines(jdbc);
    }

    public BatchPrimers primers() {
        return new JdbcBatchPrimers(jdbc, transaction, batches, new TimeOrderedIds(InstantSource.system()));
    }

    public LineSettlement settlement(JobEndings endings) {
        return new JdbcLineSettlement(jdbc, transaction, endings);
    }

    public RefusedBatches refusals(LineSettlement lines) {
        return new JdbcRefusedBatches(jdbc, transaction, lines, ids);
    }

    public ReconcileReports reports() {
        return new JdbcReconcileReports(jdbc);
    }

    public BatchGauges gauges() {
        return new JdbcBatchGauges(jdbc);
    }

    TransactionOperations transaction() {
        return transaction;
    }
}
