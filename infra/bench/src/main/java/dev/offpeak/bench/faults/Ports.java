package dev.offpeak.bench.faults;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.HashSet;
import java.util.Random;
import java.util.Set;

/// Free ports of the loopback, each given out once.
final class Ports {

    // Below the range from which systems take ports for outgoing connections: a member that is away keeps its own.
    private static final int FIRST = 20_000;
    private static final int BEYOND = 32_000;

    private final Set<Integer> given = new HashSet<>();

    synchronized int free() {
        // Not of the run's seed: two runs on one machine must not meet.
        var random = new Random();
        for (int tries = 0; tries < BEYOND - FIRST; tries++) {
            int port = random.nextInt(FIRST, BEYOND);
            if (isFree(port) && given.add(port)) {
                return port;
            }
        }
        throw new IllegalStateException("no port from " + FIRST + " to " + BEYOND + " is free");
    }

    private static boolean isFree(int port) {
        try (var socket = new ServerSocket()) {
            socket.setReuseAddress(true);
            socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
            return true;
        } catch (IOException _) {
            return false;
        }
    }
}
