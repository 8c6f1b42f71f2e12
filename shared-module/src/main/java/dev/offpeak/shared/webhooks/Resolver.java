package dev.offpeak.shared.webhooks;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.List;

/// Finds the addresses of a name. Handed in, so that a test can play the DNS.
@FunctionalInterface
public interface Resolver {

    /// @throws UnknownHostException where the name has none, or the DNS does not answer
    List<InetAddress> resolve(String host) throws UnknownHostException;
}
