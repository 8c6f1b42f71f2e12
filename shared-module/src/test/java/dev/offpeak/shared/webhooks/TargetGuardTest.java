package dev.offpeak.shared.webhooks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.offpeak.shared.webhooks.TargetGuard.Verdict;
import java.net.InetAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TargetGuardTest {

    private static final URI HOOK = URI.create("https://hooks.example.com/in");
    private static final Map<String, List<InetAddress>> DNS = Map.of(
            "inside.example.com", addresses("10.1.2.3"),
            "both.example.com", addresses("10.1.2.3", "93.184.216.34"),
            "outside.example.com", addresses("93.184.216.34"));
    private static final Resolver RESOLVER = host -> {
        var found = DNS.get(host);
        if (found == null) {
            throw new UnknownHostException(host);
        }
        return found;
    };

    private final TargetGuard guard = new TargetGuard(List.of(), RESOLVER);
    private final TargetGuard open = new TargetGuard(List.of("10.1.0.0/16", "fd00:1::/32"), RESOLVER);

    /// Just outside below (none for the first range of all), first, last, just outside above.
    @ParameterizedTest
    @CsvSource(
            value = {
                "-, 0.0.0.0, 0.255.255.255, 1.0.0.0",
                "9.255.255.255, 10.0.0.0, 10.255.255.255, 11.0.0.0",
                "100.63.255.255, 100.64.0.0, 100.127.255.255, 100.128.0.0",
                "126.255.255.255, 127.0.0.0, 127.255.255.255, 128.0.0.0",
                "168.63.129.15, 168.63.129.16, 168.63.129.16, 168.63.129.17",
                "169.253.255.255, 169.254.0.0, 169.254.255.255, 169.255.0.0",
                "172.15.255.255, 172.16.0.0, 172.31.255.255, 172.32.0.0",
                "191.255.255.255, 192.0.0.0, 192.0.0.255, 192.0.1.0",
                "192.0.1.255, 192.0.2.0, 192.0.2.255, 192.0.3.0",
                "192.88.98.255, 192.88.99.0, 192.88.99.255, 192.88.100.0",
                "192.167.255.255, 192.168.0.0, 192.168.255.255, 192.169.0.0",
                "198.17.255.255, 198.18.0.0, 198.19.255.255, 198.20.0.0",
                "198.51.99.255, 198.51.100.0, 198.51.100.255, 198.51.101.0",
                "203.0.112.255, 203.0.113.0, 203.0.113.255, 203.0.114.0",
                "223.255.255.255, 224.0.0.0, 239.255.255.255, -",
                "-, 240.0.0.0, 255.255.255.255, -",
                "-, ::, ff:ffff:ffff:ffff:ffff:ffff:ffff:ffff, 100:0:0:2::",
                "-, ::1, ::1, -",
                "-, ::7f00:1, ::5efe:7f00:1, -",
                "-, ::ffff:0:7f00:1, ::ffff:0:808:808, -",
                "-, 64:ff9a:ffff:ffff:ffff:ffff:ffff:ffff, 64:ff9a::, -",
                "-, 64:ff9b::1:0:0, 64:ff9b:ffff:ffff:ffff:ffff:ffff:ffff, -",
                "-, 64:ff9b:1::, 64:ff9b:1:ffff:ffff:ffff:808:808, -",
                "-, 100::, 100::ffff:ffff:ffff:ffff, -",
                "-, 100:0:0:1::, 100:0:0:1:ffff:ffff:ffff:ffff, 100:0:0:2::",
                "2000:ffff:ffff:ffff:ffff:ffff:ffff:ffff, 2001::, 2001:1::, -",
                "2001:1::1, 2001:1::3, 2001:2:ffff:ffff:ffff:ffff:ffff:ffff, 2001:3::",
                "2001:1::2, 2001:1::3, 2001:1::4, -",
                "2001:3:ffff:ffff:ffff:ffff:ffff:ffff, 2001:4::, 2001:4:111:ffff:ffff:ffff:ffff:ffff, 2001:4:112::",
                "2001:4:112:ffff:ffff:ffff:ffff:ffff, 2001:4:113::, 2001:1f:ffff:ffff:ffff:ffff:ffff:ffff, 2001:20::",
                "2001:2f:ffff:ffff:ffff:ffff:ffff:ffff, 2001:30::, 2001:1ff:ffff:ffff:ffff:ffff:ffff:ffff, 2001:200::",
                "2001:db7:ffff:ffff:ffff:ffff:ffff:ffff, 2001:db8::, 2001:db8:ffff:ffff:ffff:ffff:ffff:ffff, 2001:db9::",
                "2001:ffff:ffff:ffff:ffff:ffff:ffff:ffff, 2002::, 2002:ffff:ffff:ffff:ffff:ffff:ffff:ffff, 2003::",
                "3ffe:ffff:ffff:ffff:ffff:ffff:ffff:ffff, 3fff::, 3fff:fff:ffff:ffff:ffff:ffff:ffff:ffff, 3fff:1000::",
                "5eff:ffff:ffff:ffff:ffff:ffff:ffff:ffff, 5f00::, 5f00:ffff:ffff:ffff:ffff:ffff:ffff:ffff, 5f01::",
                "fbff:ffff:ffff:ffff:ffff:ffff:ffff:ffff, fc00::, fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff, fe00::",
                "-, fd00:ec2::254, fd00:ec2::254, -",
                "fe7f:ffff:ffff:ffff:ffff:ffff:ffff:ffff, fe80::, febf:ffff:ffff:ffff:ffff:ffff:ffff:ffff, -",
                "-, fec0::, feff:ffff:ffff:ffff:ffff:ffff:ffff:ffff, -",
                "-, ff00::, ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff, -"
            },
            nullValues = "-")
    void refusesEachRangeAndNothingBesideIt(
            @org.jspecify.annotations.Nullable String below,
            String first,
            String last,
            @org.jspecify.annotations.Nullable String above) {
        assertThat(guard.vet(HOOK, addresses(first))).isInstanceOf(Verdict.Refused.class);
        assertThat(guard.vet(HOOK, addresses(last))).isInstanceOf(Verdict.Refused.class);
        Stream.of(below, above)
                .filter(java.util.Objects::nonNull)
                .forEach(beside -> assertThat(guard.vet(HOOK, addresses(beside)))
                        .as(beside)
                        .isInstanceOf(Verdict.Allowed.class));
    }

    @Test
    void judgesANat64AddressByTheIpv4AddressInIt() {
        var random = new Random(20261121);
        var interesting = Stream.of("10.1.2.3", "10.2.0.1", "127.0.0.1", "169.254.169.254", "8.8.8.8")
                .map(TargetGuardTest::address);
        var anything = Stream.generate(() -> address(random.nextInt())).limit(20_000);

        Stream.concat(interesting, anything).forEach(v4 -> {
            for (var some : List.of(guard, open)) {
                assertThat(some.vet(HOOK, List.of(nat64(v4))))
                        .as(v4.getHostAddress())
                        .isEqualTo(some.vet(HOOK, List.of(v4)));
            }
        });
    }

    @Test
    void refusesAMixedAnswerWhole() {
        assertThat(guard.vet(HOOK, addresses("93.184.216.34", "2606:2800:220:1::")))
                .isEqualTo(new Verdict.Allowed());
        assertThat(guard.vet(HOOK, addresses("93.184.216.34", "10.0.0.1"))).isInstanceOf(Verdict.Refused.class);
        assertThat(guard.vet(HOOK, addresses("93.184.216.34", "::1"))).isInstanceOf(Verdict.Refused.class);
        assertThat(guard.vet(HOOK, List.of())).isInstanceOf(Verdict.Refused.class);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "https://example.com",
                "https://example.com/",
                "https://example.com:443/a?b=c",
                "HTTPS://EXAMPLE.com:8443/",
                "https://my-host.example.com./x",
                "https://xn--mnchen-3ya.example/",
                "https://8.8.8.8/",
                "https://[2606:4700::1111]:8443/",
                "https://[64:ff9b::808:808]/",
                "https://cafe.babe/",
                "https://1e100.net/"
            })
    void allowsPublicHttps(String url) {
        assertThat(guard.check(url)).isEqualTo(new Verdict.Allowed());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "example.com",
                "/hook",
                "//example.com/",
                "mailto:a@example.com",
                "ftp://example.com/",
                "file:///etc/passwd",
                "javascript:alert(1)",
                "http://example.com/",
                "https://example.com:80/",
                "https://example.com:0/",
                "https://example.com:65536/",
                "https://example.com:99999999999/",
                "https://user@example.com/",
                "https://user:pw@example.com/",
                "https://@example.com/",
                "https://example.com/#part",
                "https:///path",
                "https://",
                "https:example.com",
                "https://exa mple.com/",
                "https://example.com/a b",
                "https://example.com/\n",
                "https://example.com\\@10.0.0.1/",
                "https://münchen.example/",
                "https://example..com/",
                "https://-/..",
                "https://2130706433/",
                "https://017700000001/",
                "https://0x7f000001/",
                "https://0x7f.1/",
                "https://127.1/",
                "https://127.0.1/",
                "https://0177.0.0.1/",
                "https://127.0.0.01/",
                "https://127.0.0.0x1/",
                "https://127.0.0.1./",
                "https://8.8.8.8./",
                "https://8.8.8.256/",
                "https://8.8.8.8.8/",
                "https://example.1/",
                "https://example.0x/",
                "https://127.0.0.1/",
                "https://10.0.0.1/",
                "https://169.254.169.254/latest/meta-data/",
                "https://168.63.129.16/",
                "https://[::1]/",
                "https://[::]/",
                "https://[::ffff:127.0.0.1]/",
                "https://[::ffff:8.8.8.8]/",
                "https://[::ffff:808:808]/",
                "https://[::127.0.0.1]/",
                "https://[64:ff9b::7f00:1]/",
                "https://[64:ff9b::127.0.0.1]/",
                "https://[fe80::1%25eth0]/",
                "https://[fe80::1%eth0]/",
                "https://[fd00:ec2::254]/",
                "https://[2001:db8::1]/",
                "https://[1.2.3.4]/",
                "https://[v1.a]/",
                "https://[::1/",
                "https://%31%32%37.0.0.1/",
                "https://１２７.0.0.1/"
            })
    void refusesEverythingElse(String url) {
        assertThat(guard.check(url)).isInstanceOf(Verdict.Refused.class);
    }

    @Test
    void takesUrlsOfAtMost2048Characters() {
        var url = "https://example.com/" + "a".repeat(2028);

        assertThat(guard.check(url)).isInstanceOf(Verdict.Allowed.class);
        assertThat(guard.check(url + "a")).isInstanceOf(Verdict.Refused.class);
    }

    @ParameterizedTest
    @CsvSource({
        "http://10.1.2.3:9000/hook, true",
        "https://10.1.255.255:1/, true",
        "http://[fd00:1::5]/, true",
        "http://inside.example.com:9000/, true",
        "http://10.2.0.0:9000/, false",
        "https://10.2.0.0/, false",
        "http://outside.example.com/, false",
        "http://both.example.com/, false",
        "http://unknown.example.com/, false",
        "https://outside.example.com:9000/, false",
        "http://8.8.8.8/, false",
        "https://8.8.8.8/, true",
        "https://unknown.example.com/, true",
        "http://[::ffff:10.1.2.3]/, false",
        "http://0xa010203/, false"
    })
    void allowsHttpAndAnyPortInsideTheAllowedRangesOnly(String url, boolean allowed) {
        assertThat(open.check(url) instanceof Verdict.Allowed).isEqualTo(allowed);
    }

    @Test
    void vetsSchemeAndPortWithTheAddresses() {
        var plain = URI.create("http://inside.example.com:9000/");

        assertThat(open.vet(plain, addresses("10.1.0.1"))).isInstanceOf(Verdict.Allowed.class);
        assertThat(open.vet(plain, addresses("10.1.0.1", "93.184.216.34"))).isInstanceOf(Verdict.Refused.class);
        assertThat(open.vet(HOOK, addresses("10.1.0.1", "93.184.216.34"))).isInstanceOf(Verdict.Allowed.class);
    }

    @Test
    void neverTellsWhatTheNameLedTo() {
        assertThat(guard.vet(HOOK, addresses("10.9.8.7")))
                .isInstanceOfSatisfying(
                        Verdict.Refused.class,
                        refused -> assertThat(refused.reason()).doesNotContain("10.9"));
        assertThat(open.check("http://unknown.example.com/")).isEqualTo(open.check("http://outside.example.com/"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"10.0.0.0", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/x", "all", "example.com/8", "::/129"})
    void refusesToStartWithARangeThatIsNone(String range) {
        assertThatThrownBy(() -> new TargetGuard(List.of(range), RESOLVER))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(range);
    }

    private static List<InetAddress> addresses(String... literals) {
        return Arrays.stream(literals).map(TargetGuardTest::address).toList();
    }

    private static InetAddress address(String literal) {
        return InetAddress.ofLiteral(literal);
    }

    private static InetAddress address(int bits) {
        return byAddress(ByteBuffer.allocate(4).putInt(bits).array());
    }

    private static InetAddress nat64(InetAddress v4) {
        return byAddress(ByteBuffer.allocate(16)
                .putInt(0x0064ff9b)
                .putLong(0)
                .put(v4.getAddress())
                .array());
    }

    private static InetAddress byAddress(byte[] bytes) {
        try {
            return InetAddress.getByAddress(bytes);
        } catch (UnknownHostException impossible) {
            throw new AssertionError(impossible);
        }
    }
}
