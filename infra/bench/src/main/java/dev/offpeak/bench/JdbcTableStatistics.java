package dev.offpeak.bench;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Map;
import java.util.TreeMap;
import tools.jackson.databind.node.ObjectNode;

/// What PostgreSQL says of Offpeak's tables: live and dead rows, and bytes. Holds no transaction open, which would keep
/// the dead rows from being removed.
final class JdbcTableStatistics implements AutoCloseable {

    /// A table's own settings go before the server's.
    private static final String TUPLES = """
            SELECT s.schemaname || '.' || s.relname, s.n_live_tup, s.n_dead_tup, s.n_tup_upd + s.n_tup_del,
                   (coalesce(own.threshold, current_setting('autovacuum_vacuum_threshold')::float8)
                    + coalesce(own.scale, current_setting('autovacuum_vacuum_scale_factor')::float8)
                      * greatest(c.reltuples, 0))::bigint
              FROM pg_stat_user_tables s
              JOIN pg_class c ON c.oid = s.relid
             CROSS JOIN LATERAL (
                   SELECT max(option_value::float8) FILTER (WHERE option_name = 'autovacuum_vacuum_threshold') AS threshold,
                          max(option_value::float8) FILTER (WHERE option_name = 'autovacuum_vacuum_scale_factor') AS scale
                     FROM pg_options_to_table(c.reloptions)
                    WHERE option_name IN ('autovacuum_vacuum_threshold', 'autovacuum_vacuum_scale_factor')) own
            """;

    private static final String SIZES = """
            SELECT s.schemaname || '.' || s.relname, pg_table_size(s.relid), pg_indexes_size(s.relid),
                   pg_total_relation_size(s.relid)
              FROM pg_stat_user_tables s
             ORDER BY 4 DESC
            """;

    private final Connection connection;

    private JdbcTableStatistics(Connection connection) {
        this.connection = connection;
    }

    static JdbcTableStatistics open(String url, String user, String password) {
        try {
            return new JdbcTableStatistics(DriverManager.getConnection(url, user, password));
        } catch (SQLException e) {
            throw new IllegalStateException("PostgreSQL does not let the bench in", e);
        }
    }

    /// By schema and table; partitions one by one.
    Map<String, Tuples> tuples() {
        try (PreparedStatement statement = connection.prepareStatement(TUPLES);
                ResultSet rows = statement.executeQuery()) {
            var tables = new TreeMap<String, Tuples>();
            while (rows.next()) {
                tables.put(
                        rows.getString(1),
                        new Tuples(rows.getLong(2), rows.getLong(3), rows.getLong(4), rows.getLong(5)));
            }
            return tables;
        } catch (SQLException e) {
            throw untold(e);
        }
    }

    /// Bytes of tables and of their indexes, the largest first; empty ones are left out.
    ObjectNode sizes() {
        try (PreparedStatement statement = connection.prepareStatement(SIZES);
                ResultSet rows = statement.executeQuery()) {
            ObjectNode sizes = Json.object();
            long tables = 0;
            long indexes = 0;
            ObjectNode each = Json.object();
            while (rows.next()) {
                tables += rows.getLong(2);
                indexes += rows.getLong(3);
                if (rows.getLong(2) >= LEAST_BYTES) {
                    each.putObject(rows.getString(1))
                            .put("table_bytes", rows.getLong(2))
                            .put("index_bytes", rows.getLong(3));
                }
            }
            sizes.put("table_bytes", tables).put("index_bytes", indexes);
            sizes.set("of_those_with_rows", each);
            return sizes;
        } catch (SQLException e) {
            throw untold(e);
        }
    }

    @Override
    public void close() {
        try {
            connection.close();
        } catch (SQLException _) {
            // it was only read from
        }
    }

    private static final long LEAST_BYTES = 64 << 10;

    private static IllegalStateException untold(SQLException e) {
        return new IllegalStateException("PostgreSQL does not tell about its tables", e);
    }
}
