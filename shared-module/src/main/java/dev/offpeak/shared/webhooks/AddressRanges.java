package dev.offpeak.shared.webhooks;

import java.util.Arrays;
import java.util.List;

/// Which addresses are nobody's business outside: private, local, reserved, multicast, and public ones that clouds use
/// inside. From the IANA special-purpose registries, after hook0's `output-worker/src/dns.rs`.
final class AddressRanges {

    private static final List<Cidr> FORBIDDEN_V4 = ranges(
            "0.0.0.0/8",
            "10.0.0.0/8",
            "100.64.0.0/10",
            "127.0.0.0/8",
            "168.63.129.16/32", // Azure's wire server, a public address
            "169.254.0.0/16",
            "172.16.0.0/12",
            "192.0.0.0/24",
            "192.0.2.0/24",
            "192.88.99.0/24",
            "192.168.0.0/16",
            "198.18.0.0/15",
            "198.51.100.0/24",
            "203.0.113.0/24",
            "224.0.0.0/4",
            "240.0.0.0/4"); // and with it 255.255.255.255

    private static final Cidr NAT64 = Cidr.parse("64:ff9b::/96");

    /// Globally reachable parts of 2001::/23.
    private static final List<Cidr> REACHABLE_V6 =
            ranges("2001:1::1/128", "2001:1::2/128", "2001:3::/32", "2001:4:112::/48", "2001:20::/28");

    private static final List<Cidr> FORBIDDEN_V6 = ranges(
            "::/8", // with it v4-compatible, v4-mapped, SIIT, ISATAP-style and the rest of 64:ff9b::/32
            "100::/64",
            "100:0:0:1::/64",
            "2001::/23",
            "2001:db8::/32",
            "2002::/16",
            "3fff::/20",
            "5f00::/16",
            "fc00::/7",
            "fe80::/10",
            "fec0::/10",
            "ff00::/8");

    private AddressRanges() {}

    /// The IPv4 address inside a NAT64 one, for what is behind it counts; any other address as it is.
    static byte[] throughNat64(byte[] address) {
        return NAT64.contains(address) ? Arrays.copyOfRange(address, 12, 16) : address;
    }

    /// @param address 4 or 16 bytes, already [#throughNat64(byte[])]
    static boolean forbids(byte[] address) {
        return address.length == 4
                ? anyContains(FORBIDDEN_V4, address)
                : anyContains(FORBIDDEN_V6, address) && !anyContains(REACHABLE_V6, address);
    }

    static boolean anyContains(List<Cidr> ranges, byte[] address) {
        return ranges.stream().anyMatch(range -> range.contains(address));
    }

    private static List<Cidr> ranges(String... texts) {
        return Arrays.stream(texts).map(Cidr::parse).toList();
    }
}
