package dev.offpeak.bench;

import java.net.URI;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/// The options of one command, `--name value`. Every number has bounds, so that no run is endless, and every address is
/// loopback. What was read, defaults included, becomes part of the output.
public final class Arguments {

    private static final Set<String> SECRET = Set.of("key", "postgres-password");

    private final Map<String, String> given;
    private final Map<String, String> used = new TreeMap<>();
    private final Set<String> read = new HashSet<>();

    private Arguments(Map<String, String> given) {
        this.given = given;
    }

    public static Arguments parse(List<String> words) {
        var given = new HashMap<String, String>();
        for (int i = 0; i < words.size(); i += 2) {
            String name = words.get(i);
            if (!name.startsWith("--") || name.length() == 2) {
                throw new UsageError("'" + name + "' is not an option; options look like --rate 300");
            }
            if (i + 1 == words.size()) {
                throw new UsageError(name + " has no value");
            }
            if (given.put(name.substring(2), words.get(i + 1)) != null) {
                throw new UsageError(name + " is given twice");
            }
        }
        return new Arguments(given);
    }

    public String text(String name) {
        String value = find(name);
        if (value == null) {
            throw new UsageError("--" + name + " is missing");
        }
        return value;
    }

    public String text(String name, String fallback) {
        String value = find(name);
        return value == null ? use(name, fallback) : value;
    }

    public @Nullable String find(String name) {
        read.add(name);
        String value = given.get(name);
        return value == null || value.isBlank() ? null : use(name, value);
    }

    public int whole(String name, int fallback, int least, int most) {
        String value = text(name, Integer.toString(fallback));
        try {
            int number = Integer.parseInt(value);
            if (number >= least && number <= most) {
                return number;
            }
        } catch (NumberFormatException _) {
            // falls through to the one complaint about it
        }
        throw new UsageError("--" + name + " is a whole number from " + least + " to " + most + ", not " + value);
    }

    double share(String name, double fallback) {
        String value = text(name, Double.toString(fallback));
        try {
            double number = Double.parseDouble(value);
            if (number >= 0 && number <= 1) {
                return number;
            }
        } catch (NumberFormatException _) {
            // falls through to the one complaint about it
        }
        throw new UsageError("--" + name + " is a number from 0 to 1, not " + value);
    }

    public boolean yes(String name, boolean fallback) {
        return switch (text(name, fallback ? "yes" : "no")) {
            case "yes" -> true;
            case "no" -> false;
            default -> throw new UsageError("--" + name + " is yes or no");
        };
    }

    URI loopback(String name, String fallback) {
        return Loopback.require(text(name, fallback));
    }

    /// @throws UsageError where an option was given that the command did not read
    void refuseOthers() {
        var others = new TreeSet<>(given.keySet());
        others.removeAll(read);
        if (!others.isEmpty()) {
            throw new UsageError("unknown option --" + others.getFirst() + "; this command takes --"
                    + String.join(", --", new TreeSet<>(read)));
        }
    }

    /// Option by option what the run used; secrets are left out.
    Map<String, String> used() {
        return Map.copyOf(used);
    }

    private String use(String name, String value) {
        if (!SECRET.contains(name)) {
            used.put(name, value);
        }
        return value;
    }
}
