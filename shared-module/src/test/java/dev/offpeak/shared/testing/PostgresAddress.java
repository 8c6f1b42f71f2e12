package dev.offpeak.shared.testing;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.net.URLDecoder;
import java.util.ArrayList;
import java.util.List;

/// A JDBC address taken apart, so that the same server can be asked for another database.
///
/// @param server `host:port`, or several with commas
/// @param parameters what else the address carried, each as `name=value`, still encoded
record PostgresAddress(String server, String database, String user, String password, List<String> parameters) {
    private static final String SCHEME = "jdbc:postgresql://";

    /// Reads `jdbc:postgresql://host:port/database?user=…&password=…`; without them user and database are `postgres`.
    ///
    /// @throws IllegalArgumentException when it is no such address
    static PostgresAddress parse(String jdbcUrl) {
        if (!jdbcUrl.startsWith(SCHEME)) {
            throw new IllegalArgumentException(
                    "Not a PostgreSQL address: OFFPEAK_TEST_POSTGRES_URL begins with " + SCHEME);
        }
        var rest = jdbcUrl.substring(SCHEME.length());
        var question = rest.indexOf('?');
        var path = question < 0 ? rest : rest.substring(0, question);
        var slash = path.indexOf('/');
        var server = slash < 0 ? path : path.substring(0, slash);
        var database = slash < 0 || slash == path.length() - 1 ? "postgres" : path.substring(slash + 1);
        var user = "postgres";
        var password = "";
        var others = new ArrayList<String>();
        for (var parameter : (question < 0 ? "" : rest.substring(question + 1)).split("&", -1)) {
            if (parameter.startsWith("user=")) {
                user = URLDecoder.decode(parameter.substring("user=".length()), UTF_8);
            } else if (parameter.startsWith("password=")) {
                password = URLDecoder.decode(parameter.substring("password=".length()), UTF_8);
            } else if (!parameter.isEmpty()) {
                others.add(parameter);
            }
        }
        return new PostgresAddress(server, database, user, password, List.copyOf(others));
    }

    PostgresAddress withDatabase(String name) {
        return new PostgresAddress(server, name, user, password, parameters);
    }

    PostgresAddress withUser(String name, String secret) {
        return new PostgresAddress(server, database, name, secret, parameters);
    }

    /// The address without user and password.
    String jdbcUrl() {
        return SCHEME + server + "/" + database + (parameters.isEmpty() ? "" : "?" + String.join("&", parameters));
    }
}
