package dev.offpeak.bench.faults;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// How a cluster's processes run.
///
/// @param jvm options of every one
/// @param environment of APIs and workers, beyond what connects them
/// @param firstOnly whether members start so seldom that learning to start sooner does not pay
record Manner(List<String> jvm, Map<String, String> environment, boolean firstOnly) {

    private static final List<String> BREAKABLE =
            List.of("-Xmx256m", "-XX:+ExitOnOutOfMemoryError", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1");

    private static final Map<String, String> WAITS = Map.ofEntries(
            Map.entry("OFFPEAK_PROVIDERS_TIMEOUT", "10s"),
            Map.entry("OFFPEAK_WEBHOOKS_DELIVERY_DEADLINE", "5s"),
            Map.entry("OFFPEAK_WEBHOOKS_DELIVERY_CLAIMFOR", "15s"),
            Map.entry("OFFPEAK_LEDGER_WRITEOFFAFTER", "15s"),
            Map.entry("OFFPEAK_LANES_COLLECTFOR", "5s"),
            Map.entry("OFFPEAK_LANES_EXPECTEDBATCH", "10s"),
            Map.entry("OFFPEAK_LANES_SAFETYMARGIN", "5s"),
            Map.entry("OFFPEAK_LANES_BATCH_FIRSTPOLL", "1s"),
            Map.entry("OFFPEAK_LANES_BATCH_LONGESTPOLL", "5s"),
            Map.entry("OFFPEAK_LANES_BATCH_SETTLEFOR", "3s"),
            Map.entry("OFFPEAK_LANES_BATCH_CREATEWITHIN", "20s"),
            Map.entry("OFFPEAK_LANES_BATCH_LONGESTPAUSE", "10s"),
            Map.entry("OFFPEAK_LANES_BATCH_RECONCILE_RETRYAFTER", "1s"),
            Map.entry("OFFPEAK_LANES_BATCH_RECONCILE_ERRORGRACE", "3s"),
            // All members together stay below what PostgreSQL has.
            Map.entry("SPRING_DATASOURCE_HIKARI_MAXIMUM_POOL_SIZE", "12"));

    /// Restarts are the cost of a run that breaks things: the quick compiler only, and waits shorter than in
    /// production,
    /// so that what hangs or was lost comes to its end within the run.
    static Manner quick() {
        return new Manner(BREAKABLE, WAITS, false);
    }

    /// The same, with batches that close and are looked at sooner still: at the end nobody waits for what waits. How
    /// long
    /// a lease and a call may last is as ever; a slow machine must not make faults of its own.
    static Manner shortest() {
        var waits = new HashMap<>(WAITS);
        waits.putAll(Map.of(
                "OFFPEAK_LEDGER_WRITEOFFAFTER", "10s",
                "OFFPEAK_LANES_COLLECTFOR", "2s",
                "OFFPEAK_LANES_BATCH_FIRSTPOLL", "500ms",
                "OFFPEAK_LANES_BATCH_LONGESTPOLL", "2s",
                "OFFPEAK_LANES_BATCH_SETTLEFOR", "2s",
                "OFFPEAK_LANES_BATCH_CREATEWITHIN", "10s",
                "OFFPEAK_LANES_BATCH_LONGESTPAUSE", "3s",
                "OFFPEAK_LANES_BATCH_RECONCILE_ERRORGRACE", "2s"));
        return new Manner(BREAKABLE, Map.copyOf(waits), true);
    }

    /// As in production, but for what a measurement changes on purpose.
    static Manner production(int heapMebibytes, Map<String, String> environment) {
        return new Manner(List.of("-Xmx" + heapMebibytes + "m", "-XX:+ExitOnOutOfMemoryError"), environment, true);
    }
}
