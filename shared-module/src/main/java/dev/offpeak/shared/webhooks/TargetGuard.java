package dev.offpeak.shared.webhooks;

import java.net.InetAddress;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.UnknownHostException;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;

/// Decides where a webhook may go, so that no client can make us call what only we can reach.
///
/// Asked twice: when a URL is registered ([#check(String)]) and, with the addresses that its name has then, before
/// every try ([#vet(URI, Collection)]).
public final class TargetGuard {

    /// The longest URL taken, in characters.
    public static final int MAX_URL_LENGTH = 2048;

    /// What the guard says.
    public sealed interface Verdict {

        record Allowed() implements Verdict {}

        /// @param reason a sentence that may be shown to the client: it tells nothing about our network
        record Refused(String reason) implements Verdict {}
    }

    private static final Verdict ALLOWED = new Verdict.Allowed();
    private static final Verdict NOT_REACHABLE =
            new Verdict.Refused("The URL leads to an address that webhooks may not reach");
    private static final Verdict NOT_PLAIN =
            new Verdict.Refused("A webhook URL is https on port 443 or 8443; anything else needs an address that the"
                    + " operator has allowed");

    private static final Pattern DOTTED_QUAD =
            Pattern.compile("(?:(?:25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)\\.){3}(?:25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)");
    /// What some parser reads as an address: the last label is a number, decimal, octal or hexadecimal.
    private static final Pattern ENDS_IN_NUMBER = Pattern.compile("(?:.*\\.)?(?:\\d+|0x[0-9a-f]*)");

    private static final Pattern NAME = Pattern.compile("[a-z0-9_-]+(?:\\.[a-z0-9_-]+)*");

    private final List<Cidr> allowed;
    private final Resolver resolver;

    /// @param allowCidrs ranges in which everything is allowed, each such as `10.0.0.0/8`
    /// @throws IllegalArgumentException where one is no range
    public TargetGuard(Collection<String> allowCidrs, Resolver resolver) {
        this.allowed = allowCidrs.stream()
                .map(String::strip)
                .filter(text -> !text.isEmpty())
                .map(Cidr::parse)
                .toList();
        this.resolver = resolver;
    }

    /// Whether a client may register this URL. Asks the DNS only where the URL needs an address that the operator has
    /// allowed.
    public Verdict check(String url) {
        if (url.length() > MAX_URL_LENGTH) {
            return new Verdict.Refused("A webhook URL has at most " + MAX_URL_LENGTH + " characters");
        }
        if (!url.chars().allMatch(c -> c > ' ' && c < 0x7f)) {
            return new Verdict.Refused("A webhook URL has ASCII characters only; encode the others");
        }
        URI uri;
        try {
            uri = new URI(url);
        } catch (URISyntaxException e) {
            return new Verdict.Refused("The webhook URL cannot be read");
        }
        return wrongForm(uri).orElseGet(() -> reachable(uri));
    }

    /// Whether a try may go to these addresses: all of them must be allowed, for a name that also has a forbidden
    /// one is an attack or a mistake.
    ///
    /// @param url one that [#check(String)] allowed
    /// @param addresses all that its name has now
    public Verdict vet(URI url, Collection<InetAddress> addresses) {
        if (addresses.isEmpty()) {
            return NOT_REACHABLE;
        }
        var plain = isHttps(url) && (effectivePort(url) == 443 || effectivePort(url) == 8443);
        for (var address : addresses) {
            var bytes = AddressRanges.throughNat64(address.getAddress());
            if (AddressRanges.anyContains(allowed, bytes)) {
                continue;
            }
            if (AddressRanges.forbids(bytes)) {
                return NOT_REACHABLE;
            }
            if (!plain) {
                return NOT_PLAIN;
            }
        }
        return ALLOWED;
    }

    /// The addresses of an IP literal in a URL, which need no DNS.
    ///
    /// @return empty where the URL names a host
    public static Optional<InetAddress> literal(URI url) {
        var host = url.getHost();
        if (host.startsWith("[")) {
            return Optional.of(InetAddress.ofLiteral(host.substring(1, host.length() - 1)));
        }
        return DOTTED_QUAD.matcher(host).matches() ? Optional.of(InetAddress.ofLiteral(host)) : Optional.empty();
    }

    private static Optional<Verdict> wrongForm(URI uri) {
        var scheme = uri.getScheme();
        if (scheme == null || !(scheme.equalsIgnoreCase("https") || scheme.equalsIgnoreCase("http"))) {
            return refused("A webhook URL begins with https://");
        }
        if (uri.getRawAuthority() == null || uri.getRawAuthority().contains("@")) {
            return refused("A webhook URL has a host and no user information");
        }
        if (uri.getRawFragment() != null) {
            return refused("A webhook URL has no fragment");
        }
        if (uri.getHost() == null || !isCleanHost(uri.getHost().toLowerCase(Locale.ROOT))) {
            return refused("The host of the webhook URL is no name, dotted IPv4 address or bracketed IPv6 address");
        }
        if (uri.getPort() == 0 || uri.getPort() > 65535) {
            return refused("The port of the webhook URL is none");
        }
        return Optional.empty();
    }

    private static boolean isCleanHost(String host) {
        if (host.startsWith("[")) {
            var literal = host.substring(1, host.length() - 1);
            try {
                // A mapped IPv4 address becomes one of four bytes: such a host hides what it is.
                return !literal.contains("%") && InetAddress.ofLiteral(literal).getAddress().length == 16;
            } catch (IllegalArgumentException noAddress) {
                return false;
            }
        }
        if (DOTTED_QUAD.matcher(host).matches()) {
            return true;
        }
        var name = host.endsWith(".") ? host.substring(0, host.length() - 1) : host;
        return name.length() <= 253
                && NAME.matcher(name).matches()
                && !ENDS_IN_NUMBER.matcher(name).matches();
    }

    private Verdict reachable(URI uri) {
        var literal = literal(uri);
        if (literal.isPresent()) {
            return vet(uri, List.of(literal.get()));
        }
        if (isHttps(uri) && (effectivePort(uri) == 443 || effectivePort(uri) == 8443)) {
            return ALLOWED; // its addresses are vetted before every try
        }
        if (allowed.isEmpty()) {
            return NOT_PLAIN;
        }
        try {
            // Whatever the DNS says is answered alike: a client must not learn which names we can resolve.
            return vet(uri, resolver.resolve(uri.getHost())) instanceof Verdict.Allowed ? ALLOWED : NOT_PLAIN;
        } catch (UnknownHostException unknown) {
            return NOT_PLAIN;
        }
    }

    private static boolean isHttps(URI url) {
        return "https".equalsIgnoreCase(url.getScheme());
    }

    private static int effectivePort(URI url) {
        return url.getPort() >= 0 ? url.getPort() : isHttps(url) ? 443 : 80;
    }

    private static Optional<Verdict> refused(String reason) {
        return Optional.of(new Verdict.Refused(reason));
    }
}
