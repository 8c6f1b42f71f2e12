package dev.offpeak.bench;

import org.jspecify.annotations.Nullable;

/// Where stock JobRunr keeps its jobs beside Offpeak: the same PostgreSQL, a database of its own.
record StockServer(String url, String user, String password, int workers) {

    /// Nothing where no `--postgres` is given.
    static @Nullable StockServer from(Arguments arguments) {
        String url = arguments.find("postgres");
        String user = arguments.text("postgres-user", "postgres");
        String password = arguments.text("postgres-password", "");
        int workers = arguments.whole("workers", 64, 1, 256);
        return url == null ? null : new StockServer(Loopback.requireJdbc(url), user, password, workers);
    }

    /// @throws UsageError where no `--postgres` is given
    static StockServer required(Arguments arguments) {
        StockServer server = from(arguments);
        if (server == null) {
            throw new UsageError("--postgres is missing; it looks like jdbc:postgresql://127.0.0.1:5432/postgres");
        }
        return server;
    }
}
