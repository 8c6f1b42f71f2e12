package dev.offpeak.bench;

import java.net.InetAddress;
import java.net.URI;
import java.net.UnknownHostException;

/// Load and malformed requests go to this machine only.
final class Loopback {

    private Loopback() {}

    /// @throws UsageError where the address is no http(s) URL or leaves this machine
    static URI require(String url) {
        URI uri;
        try {
            uri = URI.create(url.endsWith("/") ? url.substring(0, url.length() - 1) : url);
        } catch (IllegalArgumentException _) {
            throw new UsageError("'" + url + "' is not a URL");
        }
        if (uri.getHost() == null || !("http".equals(uri.getScheme()) || "https".equals(uri.getScheme()))) {
            throw new UsageError("'" + url + "' is not an http URL");
        }
        requireHost(uri.getHost());
        return uri;
    }

    /// @param jdbcUrl of the form `jdbc:postgresql://host:port/database`
    static String requireJdbc(String jdbcUrl) {
        if (!jdbcUrl.startsWith("jdbc:postgresql://")) {
            throw new UsageError("--postgres looks like jdbc:postgresql://127.0.0.1:5432/database");
        }
        requireHost(URI.create(jdbcUrl.substring("jdbc:".length())).getHost());
        return jdbcUrl;
    }

    private static void requireHost(String host) {
        try {
            for (InetAddress address : InetAddress.getAllByName(host)) {
                if (!address.isLoopbackAddress()) {
                    throw new UsageError(host + " is not this machine; the bench talks to loopback addresses only");
                }
            }
        } catch (UnknownHostException _) {
            throw new UsageError(host + " is not this machine; the bench talks to loopback addresses only");
        }
    }
}
