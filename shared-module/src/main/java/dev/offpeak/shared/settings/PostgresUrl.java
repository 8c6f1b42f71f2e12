package dev.offpeak.shared.settings;

import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A PostgreSQL address as operators write it: `jdbc:postgresql://…`, or `postgres://user:password@host/db` as hosting
/// companies hand it out.
///
/// @param jdbc the address as the driver takes it, without user and password
record PostgresUrl(
        String jdbc, @Nullable String username, @Nullable String password) {

    static PostgresUrl parse(String text) {
        if (text.startsWith("jdbc:")) {
            return new PostgresUrl(text, null, null);
        }
        var url = URI.create(text);
        if (url.getHost() == null || !List.of("postgres", "postgresql").contains(url.getScheme())) {
            throw new IllegalArgumentException(
                    "OFFPEAK_POSTGRES_URL must look like postgres://user:password@host:5432/database"
                            + " or jdbc:postgresql://host:5432/database");
        }
        String port = url.getPort() < 0 ? "" : ":" + url.getPort();
        String query = url.getRawQuery() == null ? "" : "?" + url.getRawQuery();
        String jdbc = "jdbc:postgresql://" + url.getHost() + port + url.getRawPath() + query;
        String who = url.getRawUserInfo();
        if (who == null) {
            return new PostgresUrl(jdbc, null, null);
        }
        int colon = who.indexOf(':');
        return colon < 0
                ? new PostgresUrl(jdbc, decoded(who), null)
                : new PostgresUrl(jdbc, decoded(who.substring(0, colon)), decoded(who.substring(colon + 1)));
    }

    private static String decoded(String text) {
        return URLDecoder.decode(text.replace("+", "%2B"), StandardCharsets.UTF_8);
    }
}
