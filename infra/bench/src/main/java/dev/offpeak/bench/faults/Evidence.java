package dev.offpeak.bench.faults;

import java.math.BigDecimal;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// All that the checker judges, from three witnesses that know nothing of each other: the clients' and receivers'
/// history, the database, and the simulator's own count.
///
/// @param submissions what clients asked for, and were told
/// @param faults when and to whom something was done
/// @param ends of processes, whoever ended them
/// @param arrivals what the webhook receiver read
/// @param jobs the database's rows, as are outcomes, calls, entries and messages
/// @param executions calls that the simulator ran and bills
/// @param batches what they say of bulk uploads and of batches at providers
record Evidence(
        List<Submission> submissions,
        List<Fault> faults,
        List<End> ends,
        List<Arrival> arrivals,
        List<Job> jobs,
        List<Outcome> outcomes,
        List<Call> calls,
        List<Entry> entries,
        List<Message> messages,
        List<Execution> executions,
        BatchEvidence batches) {

    /// Of a run without batches.
    Evidence(
            List<Submission> submissions,
            List<Fault> faults,
            List<End> ends,
            List<Arrival> arrivals,
            List<Job> jobs,
            List<Outcome> outcomes,
            List<Call> calls,
            List<Entry> entries,
            List<Message> messages,
            List<Execution> executions) {
        this(
                submissions,
                faults,
                ends,
                arrivals,
                jobs,
                outcomes,
                calls,
                entries,
                messages,
                executions,
                BatchEvidence.NONE);
    }

    /// @param key of this submission alone; the `Idempotency-Key` is the same text for one job of each tenant
    /// @param tenant the client's, as the run numbers them
    /// @param webhook it asked to be told
    /// @param hurried it gave a deadline that a fault may make it miss
    /// @param answer what the simulator was told to say to its prompt
    /// @param ids every job that a `200` or `202` named for this key
    /// @param refused its last answer was a 4xx
    /// @param firstAnswerLost the first answer that came was a replay
    /// @param cancelSent a cancel of its job was sent, whatever came of it
    /// @param cancelled a cancel of its job was answered with 200
    /// @param waits it may go through a provider batch, and takes its time
    /// @param upload it was a line of; empty: it came alone
    record Submission(
            String key,
            String tenant,
            boolean webhook,
            boolean hurried,
            String answer,
            Set<String> ids,
            boolean refused,
            boolean firstAnswerLost,
            boolean cancelSent,
            boolean cancelled,
            boolean waits,
            String upload) {

        /// One that came alone and goes direct.
        Submission(
                String key,
                String tenant,
                boolean webhook,
                boolean hurried,
                String answer,
                Set<String> ids,
                boolean refused,
                boolean firstAnswerLost,
                boolean cancelSent,
                boolean cancelled) {
            this(
                    key,
                    tenant,
                    webhook,
                    hurried,
                    answer,
                    ids,
                    refused,
                    firstAnswerLost,
                    cancelSent,
                    cancelled,
                    false,
                    "");
        }
    }

    /// @param pid null: it befell all
    /// @param breaksCalls a call that was under way may have to be made again
    record Fault(
            String name, Instant from, Instant to, @Nullable Long pid, boolean breaksCalls) {}

    /// Who ended a process.
    enum Cause {
        /// The run, with signal 9.
        KILLED,
        /// The failpoint that this start had armed; its log says so.
        FAILPOINT,
        /// Nobody that the run knows of.
        ITSELF
    }

    /// @param exit what the process ended with
    /// @param ready it had come up
    record End(String member, long pid, int exit, boolean ready, Cause cause) {}

    /// @param tenant whose path it came to
    /// @param answered 0 where the connection was cut after reading
    record Arrival(
            Instant at,
            String tenant,
            String message,
            String job,
            String type,
            String status,
            String sha256,
            boolean signed,
            int answered) {}

    /// @param key the submission's, from the job's metadata
    /// @param tenant the database's id of it
    /// @param errorCode empty where it has none
    /// @param finishedAt null while it has not ended
    record Job(
            String id,
            @Nullable String key,
            String tenant,
            String status,
            String errorCode,
            boolean webhook,
            int takenBack,
            Instant createdAt,
            Instant deadline,
            @Nullable Instant finishedAt) {}

    /// What a job keeps of an answer.
    ///
    /// @param late it came after the job had expired
    record Outcome(String job, boolean late, String text) {}

    /// @param pid of the worker that made it
    record Call(
            String id,
            String job,
            String tenant,
            long pid,
            String status,
            Instant begunAt,
            @Nullable Instant endedAt) {}

    /// A row of the ledger.
    ///
    /// @param source call, or correction; rows for lines are bills
    /// @param call whose it is
    /// @param overlap declared as a second bill of its job
    record Entry(
            String source,
            String call,
            String job,
            String tenant,
            String status,
            String model,
            Tokens tokens,
            @Nullable BigDecimal usd,
            boolean overlap) {

        /// One that is no second bill.
        Entry(
                String source,
                String call,
                String job,
                String tenant,
                String status,
                String model,
                Tokens tokens,
                @Nullable BigDecimal usd) {
            this(source, call, job, tenant, status, model, tokens, usd, false);
        }
    }

    /// @param costFinal what its payload says of the job's cost
    record Message(
            String id, String job, String tenant, String type, String sha256, String delivery, boolean costFinal) {}

    /// @param call the `X-Client-Request-Id` it came with
    /// @param outcome answered, hung or malformed
    record Execution(
            String call,
            String model,
            Tokens tokens,
            @Nullable BigDecimal usd,
            String outcome) {}

    record Tokens(long input, long cachedInput, long written5m, long written1h, long output) {}
}
