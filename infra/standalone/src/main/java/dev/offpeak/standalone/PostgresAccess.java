package dev.offpeak.standalone;

import org.jspecify.annotations.Nullable;

/// How to reach a PostgreSQL.
///
/// @param jdbcUrl as `jdbc:postgresql://host:port/database`
/// @param user null when the address names it or none is needed
/// @param password null when the address names it or none is needed
record PostgresAccess(
        String jdbcUrl, @Nullable String user, @Nullable String password) {
    @Override
    public String toString() {
        return jdbcUrl; // never the password
    }
}
