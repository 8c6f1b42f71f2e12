package dev.offpeak.shared.webhooks;

import java.net.InetAddress;
import java.util.Arrays;

/// A range of addresses of one family.
record Cidr(byte[] network, int prefix) {

    /// @throws IllegalArgumentException where the text is no range such as `10.0.0.0/8` or `fd00::/8`
    static Cidr parse(String text) {
        var slash = text.indexOf('/');
        if (slash < 0) {
            throw new IllegalArgumentException("Not a range of addresses such as 10.0.0.0/8: " + text);
        }
        try {
            var network = InetAddress.ofLiteral(text.substring(0, slash)).getAddress();
            var prefix = Integer.parseInt(text.substring(slash + 1));
            if (prefix < 0 || prefix > network.length * 8) {
                throw new IllegalArgumentException("the prefix length does not fit");
            }
            return new Cidr(network, prefix);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("Not a range of addresses such as 10.0.0.0/8: " + text, e);
        }
    }

    boolean contains(byte[] address) {
        if (address.length != network.length) {
            return false;
        }
        var whole = prefix / 8;
        if (!Arrays.equals(address, 0, whole, network, 0, whole)) {
            return false;
        }
        var rest = prefix % 8;
        return rest == 0 || (address[whole] & 0xff) >>> (8 - rest) == (network[whole] & 0xff) >>> (8 - rest);
    }
}
