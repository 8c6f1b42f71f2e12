package dev.offpeak.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.LongSummaryStatistics;
import java.util.Map;
import java.util.TreeSet;
import tools.jackson.databind.node.ObjectNode;

/// Dead rows over a run. Between two autovacuums they rise and then fall, so windows are compared by their averages;
/// and
/// a growing table may hold more of them, so each is also held against what autovacuum allows: its trigger and the rows
/// changed in two minutes, one between two looks and one for the vacuum itself.
final class TupleSamples {

    private static final int MINUTES_TO_CATCH_UP = 2;
    // A few dead rows more in a table of a few rows mean nothing.
    private static final long WORTH_A_WORD = 100;

    private final List<Sample> samples = new ArrayList<>();

    private record Sample(int minute, Map<String, Tuples> tables) {}

    synchronized void add(int minute, Map<String, Tuples> tables) {
        samples.add(new Sample(minute, tables));
    }

    /// Of all tables together, on average.
    synchronized double averageDead(Window window) {
        return samples.stream()
                .filter(sample -> window.contains(sample.minute()))
                .mapToLong(sample -> sample.tables().values().stream()
                        .mapToLong(Tuples::dead)
                        .sum())
                .average()
                .orElse(0);
    }

    synchronized boolean has(Window window) {
        return samples.stream().anyMatch(sample -> window.contains(sample.minute()));
    }

    /// Of all tables together; holds only where both windows have samples.
    synchronized Growth growth(Window first, Window last, double most) {
        return new Growth(averageDead(first), averageDead(last), most, has(first) && has(last));
    }

    /// Whether autovacuum keeps up with every table at the end of the run.
    synchronized boolean keptBelowBound(Window last) {
        return has(last) && tables().stream().allMatch(table -> most(table, last) <= bound(table, last));
    }

    /// The sum and each table with a word's worth of dead rows.
    synchronized ObjectNode json(Window first, Window last, double most) {
        ObjectNode json = Json.object();
        json.set("all_tables", growth(first, last, most).json());
        ObjectNode each = json.putObject("tables");
        for (String table : tables()) {
            if (Math.max(most(table, first), most(table, last)) >= WORTH_A_WORD) {
                ObjectNode row = new Growth(average(table, first), average(table, last), most).json();
                row.put("most_in_last_window", most(table, last))
                        .put("autovacuum_bound", bound(table, last))
                        .put("live_at_the_end", live(table));
                each.set(table, row);
            }
        }
        return json;
    }

    private TreeSet<String> tables() {
        var names = new TreeSet<String>();
        samples.forEach(sample -> names.addAll(sample.tables().keySet()));
        return names;
    }

    private List<Tuples> of(String table, Window window) {
        return samples.stream()
                .filter(sample -> window.contains(sample.minute()))
                .filter(sample -> sample.tables().containsKey(table))
                .map(sample -> sample.tables().get(table))
                .toList();
    }

    private double average(String table, Window window) {
        return of(table, window).stream().mapToLong(Tuples::dead).average().orElse(0);
    }

    private long most(String table, Window window) {
        return of(table, window).stream().mapToLong(Tuples::dead).max().orElse(0);
    }

    private long live(String table) {
        Tuples newest = samples.getLast().tables().get(table);
        return newest == null ? 0 : newest.live();
    }

    private long bound(String table, Window window) {
        List<Tuples> seen = of(table, window);
        LongSummaryStatistics changes = seen.stream().mapToLong(Tuples::changes).summaryStatistics();
        long trigger = seen.stream().mapToLong(Tuples::trigger).max().orElse(0);
        long changed = changes.getCount() == 0 ? 0 : changes.getMax() - changes.getMin();
        return trigger + MINUTES_TO_CATCH_UP * changed / (window.to() - window.from());
    }
}
