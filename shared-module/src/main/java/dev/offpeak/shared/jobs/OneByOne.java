package dev.offpeak.shared.jobs;

import dev.offpeak.shared.core.JobId;
import java.util.List;
import java.util.function.BiConsumer;
import java.util.function.IntSupplier;
import java.util.function.Supplier;
import java.util.function.ToIntFunction;
import org.springframework.dao.DataAccessResourceFailureException;
import org.springframework.transaction.TransactionException;

/// Does something to many jobs at once, in one transaction. Where that fails it does it to each job alone, so that one
/// to which it cannot be done holds up no other.
final class OneByOne {

    private OneByOne() {}

    /// @param together does it to many, in one transaction
    /// @param jobs all to which it is to be done, asked for where that failed
    /// @param alone does it to one, in a transaction
    /// @param setAside hears of each to which it cannot be done
    /// @return how many were done
    /// @throws RuntimeException where the database is away: that is no job's fault
    static int orEachAlone(
            IntSupplier together,
            Supplier<List<JobId>> jobs,
            ToIntFunction<JobId> alone,
            BiConsumer<JobId, RuntimeException> setAside) {
        try {
            return together.getAsInt();
        } catch (DataAccessResourceFailureException | TransactionException away) {
            throw away;
        } catch (RuntimeException _) {
            return jobs.get().stream()
                    .mapToInt(job -> tryAlone(job, alone, setAside))
                    .sum();
        }
    }

    private static int tryAlone(JobId job, ToIntFunction<JobId> alone, BiConsumer<JobId, RuntimeException> setAside) {
        try {
            return alone.applyAsInt(job);
        } catch (DataAccessResourceFailureException | TransactionException away) {
            throw away;
        } catch (RuntimeException broken) {
            setAside.accept(job, broken);
            return 0;
        }
    }
}
