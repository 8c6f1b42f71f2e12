package dev.offpeak.worker.webhooks;

import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/// How many tries this worker makes at once, in all and to one endpoint (host and port). An endpoint that answers may
/// take many, one that nobody knows some, one that hangs very few; and all that hang together, or that nobody knows,
/// only a part of the whole. So endpoints that hang cannot hold all of a worker's tasks.
final class EndpointLimits {

    /// Endpoints whose manner is remembered while nothing is under way to them.
    private static final int REMEMBERED = 10_000;

    private enum Manner {
        UNKNOWN,
        ANSWERS,
        HANGS
    }

    /// The right to make one try; to be given back once.
    final class Permit {
        private final String endpoint;
        private final Manner manner;

        private Permit(String endpoint, Manner manner) {
            this.endpoint = endpoint;
            this.manner = manner;
        }

        /// @param hung whether the deadline passed without a whole answer
        void learn(boolean hung) {
            remember(endpoint, hung ? Manner.HANGS : Manner.ANSWERS);
        }

        void giveBack() {
            leave(endpoint, manner);
        }
    }

    private static final class State {
        private Manner manner = Manner.UNKNOWN;
        private int inFlight;
    }

    private final int inAll;
    private final int perEndpoint;
    /// In the order of their last use, so that the oldest can be forgotten.
    private final Map<String, State> states = new LinkedHashMap<>(64, 0.75f, true);

    private final Map<Manner, Integer> inFlight = new EnumMap<>(Manner.class);

    EndpointLimits(int inAll, int perEndpoint) {
        this.inAll = inAll;
        this.perEndpoint = perEndpoint;
    }

    /// @return empty where the endpoint or the worker has enough under way
    synchronized Optional<Permit> tryEnter(String endpoint) {
        var state = states.computeIfAbsent(endpoint, _ -> new State());
        var manner = state.manner;
        if (inFlightInAll() >= inAll
                || inFlight.getOrDefault(manner, 0) >= share(manner)
                || state.inFlight >= limit(manner)) {
            return Optional.empty();
        }
        inFlight.merge(manner, 1, Integer::sum);
        state.inFlight++;
        return Optional.of(new Permit(endpoint, manner));
    }

    private int inFlightInAll() {
        return inFlight.values().stream().mapToInt(Integer::intValue).sum();
    }

    private int share(Manner manner) {
        return switch (manner) {
            case ANSWERS -> inAll;
            case UNKNOWN -> Math.max(1, inAll / 2);
            case HANGS -> Math.max(1, inAll / 4);
        };
    }

    private int limit(Manner manner) {
        return switch (manner) {
            case ANSWERS -> perEndpoint;
            case UNKNOWN -> Math.max(1, perEndpoint / 4);
            case HANGS -> Math.max(1, perEndpoint / 16);
        };
    }

    private synchronized void remember(String endpoint, Manner manner) {
        states.computeIfAbsent(endpoint, _ -> new State()).manner = manner;
    }

    private synchronized void leave(String endpoint, Manner manner) {
        inFlight.merge(manner, -1, Integer::sum);
        states.computeIfAbsent(endpoint, _ -> new State()).inFlight--;
        var oldest = states.values().iterator();
        while (states.size() > REMEMBERED && oldest.hasNext()) {
            if (oldest.next().inFlight == 0) {
                oldest.remove();
            }
        }
    }
}
