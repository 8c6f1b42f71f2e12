package dev.offpeak.bench;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;

/// A database of one run beside the one that the command line names; closing it drops it.
record JdbcRunDatabase(StockServer server, String name) implements AutoCloseable {

    static JdbcRunDatabase create(StockServer server, String name) {
        var database = new JdbcRunDatabase(server, name);
        database.execute("CREATE DATABASE " + name);
        return database;
    }

    String url() {
        return server.url().substring(0, server.url().lastIndexOf('/') + 1) + name;
    }

    @Override
    public void close() {
        execute("DROP DATABASE IF EXISTS " + name + " WITH (FORCE)");
    }

    private void execute(String sql) {
        try (Connection connection = DriverManager.getConnection(server.url(), server.user(), server.password());
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
        } catch (SQLException e) {
            throw new IllegalStateException("PostgreSQL refused the bench a database of its own", e);
        }
    }
}
