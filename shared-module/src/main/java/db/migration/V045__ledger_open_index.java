package db.migration;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.flywaydb.core.api.migration.BaseJavaMigration;
import org.flywaydb.core.api.migration.Context;

/// The index of what is open in the ledger: little, and looked at every few seconds. It is made while a release before
/// this one runs, so no writer waits for it: a partition at a time, and not as one statement.
///
/// May be repeated. A run that was killed leaves an index behind that is not valid; it is dropped and made anew.
public class V045__ledger_open_index extends BaseJavaMigration {

    private static final String WHAT = "(at) WHERE status = 'unconfirmed' AND settled_at IS NULL";

    /// Somebody holds a lock for longer than others should wait behind us, or a deadlock was broken.
    private static final Set<String> LATER = Set.of("55P03", "40P01");

    private static final String SHORT_WAITS = "SET lock_timeout = '500ms'";
    private static final String ANY_WAITS = "SET lock_timeout = 0";

    @Override
    public void migrate(Context context) throws Exception {
        try (var connection = context.getConfiguration().getDataSource().getConnection()) {
            // Partitions that are made from here on have it from the start.
            patiently(connection, SHORT_WAITS, "CREATE INDEX IF NOT EXISTS ledger_open ON ONLY ledger_entry " + WHAT);
            for (String partition : withoutIndex(connection)) {
                String index = partition + "_open";
                while (!valid(connection, index)) {
                    patiently(
                            connection,
                            ANY_WAITS, // which hold up nobody
                            "DROP INDEX CONCURRENTLY IF EXISTS " + index,
                            "CREATE INDEX CONCURRENTLY " + index + " ON " + partition + " " + WHAT);
                }
                patiently(connection, SHORT_WAITS, "ALTER INDEX ledger_open ATTACH PARTITION " + index);
            }
        }
    }

    /// No transaction may hold an index that is made concurrently.
    @Override
    public boolean canExecuteInTransaction() {
        return false;
    }

    /// Partitions are named by us and need no quotes.
    private static List<String> withoutIndex(Connection connection) throws SQLException {
        var partitions = new ArrayList<String>();
        try (var statement = connection.createStatement();
                var rows = statement.executeQuery("""
                        SELECT relname
                          FROM pg_inherits part JOIN pg_class ON pg_class.oid = part.inhrelid
                         WHERE part.inhparent = 'ledger_entry'::regclass
                           AND NOT EXISTS (SELECT FROM pg_inherits attached JOIN pg_index ON indexrelid = attached.inhrelid
                                            WHERE attached.inhparent = 'ledger_open'::regclass AND indrelid = part.inhrelid)
                         ORDER BY relname
                        """)) {
            while (rows.next()) {
                partitions.add(rows.getString(1));
            }
        }
        return partitions;
    }

    private static boolean valid(Connection connection, String index) throws SQLException {
        try (var statement = connection.createStatement();
                var rows = statement.executeQuery(
                        "SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass('" + index + "')")) {
            return rows.next() && rows.getBoolean(1);
        }
    }

    /// Waits in turns: a migration that fails outside of a transaction would have to be repaired by hand.
    private static void patiently(Connection connection, String... statements) throws SQLException {
        boolean done = false;
        while (!done) {
            try {
                for (String statement : statements) {
                    execute(connection, statement);
                }
                done = true;
            } catch (SQLException e) {
                if (!LATER.contains(String.valueOf(e.getSQLState()))) {
                    throw e;
                }
                execute(connection, "SELECT pg_sleep(1)");
            }
        }
    }

    private static void execute(Connection connection, String sql) throws SQLException {
        try (var statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }
}
