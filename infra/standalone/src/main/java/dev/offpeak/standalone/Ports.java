package dev.offpeak.standalone;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/// Which ports are free.
final class Ports {
    // Below the range from which systems take ports for outgoing connections, so that none is snatched before its use.
    private static final int FIRST = 20_000;
    private static final int BEYOND = 32_000;

    private Ports() {}

    /// Looks before anything is started, so that nothing has to be undone.
    ///
    /// @param byVariable the ports we will serve on, by the variable that changes each
    /// @throws CannotStart when one is taken, or two are the same
    static void requireFree(Map<String, Integer> byVariable) {
        var seen = new HashMap<Integer, String>();
        byVariable.forEach((variable, port) -> {
            var other = seen.put(port, variable);
            if (other != null) {
                throw new CannotStart(
                        other + " and " + variable + " are both " + port + ": choose another port for one.");
            }
            if (!isFree(null, port) || !isFree(InetAddress.getLoopbackAddress(), port)) {
                throw new CannotStart("Port " + port
                        + " is taken by another program: stop that, or choose another port with " + variable + ".");
            }
        });
    }

    /// A free port of the loopback: the one of the last start where it is still free, so that tools that were pointed
    /// at it keep working.
    ///
    /// @param memory the file that remembers it
    static int remembered(Path memory) throws IOException {
        if (Files.exists(memory)) {
            var before = Integer.parseInt(Files.readString(memory).strip());
            if (isFree(InetAddress.getLoopbackAddress(), before)) {
                return before;
            }
        }
        while (true) {
            var port = RandomGenerator.getDefault().nextInt(FIRST, BEYOND);
            if (isFree(InetAddress.getLoopbackAddress(), port)) {
                Files.writeString(memory, port + "\n");
                return port;
            }
        }
    }

    private static boolean isFree(@Nullable InetAddress address, int port) {
        try (var socket = new ServerSocket()) {
            socket.setReuseAddress(true); // what a server that just ended left in TIME_WAIT is free
            socket.bind(new InetSocketAddress(address, port));
            return true;
        } catch (IOException _) {
            return false;
        }
    }
}
