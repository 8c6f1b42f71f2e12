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
/// @param jobs the database's rows, as are calls, entries and messages
/// @param executions what the simulator ran and bills
record Evidence(
        List<Submission> submissions,
        List<Fault> faults,
        List<End> ends,
        List<Arrival> arrivals,
        List<Job> jobs,
        List<Call> calls,
        List<Entry> entries,
        List<Message> messages,
        List<Execution> executions) {

    /// @param ids every job that a `200` or `202` named for this key
    /// @param refused its last answer was a 4xx
    /// @param cancelled a cancel of its job was answered with 200
    record Submission(String key, boolean webhook, Set<String> ids, boolean refused, boolean cancelled) {}

    /// @param pid null: it befell all
    record Fault(
            String name, Instant from, Instant to, @Nullable Long pid) {}

    /// @param exit what the process ended with
    /// @param ready it had come up
    record End(String member, long pid, int exit, boolean ready) {}

    /// @param answered 0 where the connection was cut after reading
    record Arrival(
            String message, String job, String type, String status, String sha256, boolean signed, int answered) {}

    /// @param key the submission's, from the job's metadata
    /// @param finishedAt null while it has not ended
    record Job(
            String id,
            @Nullable String key,
            String status,
            boolean webhook,
            int takenBack,
            int outcomes,
            Instant createdAt,
            @Nullable Instant finishedAt) {}

    /// @param pid of the worker that made it
    record Call(
            String id,
            String job,
            long pid,
            String status,
            Instant begunAt,
            @Nullable Instant endedAt) {}

    /// A row of the ledger.
    ///
    /// @param source call, or correction
    /// @param call whose it is
    record Entry(
            String source,
            String call,
            String job,
            String status,
            String model,
            Tokens tokens,
            @Nullable BigDecimal usd) {}

    record Message(String id, String job, String type, String sha256, String delivery) {}

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
