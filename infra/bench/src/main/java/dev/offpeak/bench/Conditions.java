package dev.offpeak.bench;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Map;
import tools.jackson.databind.node.ObjectNode;

/// Where and when a figure was made; a figure without it means nothing.
final class Conditions {

    private Conditions() {}

    static ObjectNode now(Clock clock) {
        Runtime runtime = Runtime.getRuntime();
        var os = ManagementFactory.getOperatingSystemMXBean();
        ObjectNode now = Json.object()
                .put("at", clock.instant().toString())
                .put("cores", runtime.availableProcessors())
                .put("load_average", os.getSystemLoadAverage())
                .put("bench_jvm", Runtime.version() + " " + System.getProperty("java.vm.vendor"))
                .put("bench_heap_mb", runtime.maxMemory() >> 20)
                .put("os", os.getName() + " " + os.getVersion() + " " + os.getArch());
        cpu(now);
        return now;
    }

    static ObjectNode settings(Map<String, String> used) {
        ObjectNode settings = Json.object();
        used.entrySet().stream()
                .sorted(Map.Entry.comparingByKey())
                .forEach(option -> settings.put(option.getKey(), option.getValue()));
        return settings;
    }

    private static void cpu(ObjectNode now) {
        try {
            for (String line : Files.readAllLines(Path.of("/proc/cpuinfo"))) {
                if (line.startsWith("model name")) {
                    now.put("cpu", line.substring(line.indexOf(':') + 1).strip());
                    return;
                }
            }
        } catch (IOException _) {
            // not Linux: the name of the processor stays out
        }
    }
}
