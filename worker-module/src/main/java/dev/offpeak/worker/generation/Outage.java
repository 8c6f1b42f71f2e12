package dev.offpeak.worker.generation;

import java.sql.SQLException;
import org.jspecify.annotations.Nullable;
import org.springframework.dao.DataAccessResourceFailureException;
import org.springframework.dao.RecoverableDataAccessException;
import org.springframework.dao.TransientDataAccessException;
import org.springframework.jdbc.UncategorizedSQLException;
import org.springframework.transaction.TransactionException;

/// Faults of the database that pass by themselves: no connection or a lost one, no room, a server that stops or stands
/// by, a deadlock.
final class Outage {

    /// Read-only for now: a standby, or a primary that is being replaced.
    private static final String INVALID_TRANSACTION_STATE = "25";

    private Outage() {}

    static boolean isOne(RuntimeException fault) {
        return switch (fault) {
            case TransactionException _, DataAccessResourceFailureException _ -> true;
            case TransientDataAccessException _, RecoverableDataAccessException _ -> true;
            case UncategorizedSQLException other -> isOne(other.getSQLException());
            default -> false;
        };
    }

    private static boolean isOne(@Nullable SQLException fault) {
        String state = fault == null ? null : fault.getSQLState();
        return state != null && state.startsWith(INVALID_TRANSACTION_STATE);
    }
}
