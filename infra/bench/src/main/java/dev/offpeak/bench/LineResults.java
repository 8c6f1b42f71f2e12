package dev.offpeak.bench;

import java.math.BigDecimal;
import java.util.BitSet;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// What came back of a bulk's lines, told one by one: each must have exactly one result.
public final class LineResults {

    private static final Set<String> TERMINAL = Set.of("succeeded", "failed", "cancelled", "expired");

    private final String name;
    private final int lines;
    private final BitSet seen;
    private final Set<String> jobs = new HashSet<>();
    private final Map<String, Integer> statuses = new TreeMap<>();
    private final Map<String, Integer> errors = new TreeMap<>();
    private int repeated;
    private int unknown;
    private int unfinished;
    private int open;
    private BigDecimal billed = BigDecimal.ZERO;

    /// @param name of the file that made the custom ids
    public LineResults(String name, int lines) {
        this.name = name;
        this.lines = lines;
        this.seen = new BitSet(lines);
    }

    public void add(JsonNode result) {
        int number = number(result.path("custom_id").asString(""));
        JsonNode job = result.path("job");
        if (number < 0) {
            unknown++;
        } else if (seen.get(number)) {
            repeated++;
        } else {
            seen.set(number);
        }
        if (!jobs.add(job.path("id").asString(""))) {
            repeated++;
        }
        String status = job.path("status").asString("none");
        statuses.merge(status, 1, Integer::sum);
        if (!TERMINAL.contains(status)) {
            unfinished++;
        }
        String code = job.path("error").path("code").asString("");
        if (!code.isEmpty()) {
            errors.merge(code, 1, Integer::sum);
        }
        JsonNode cost = job.path("cost");
        open += cost.path("final").asBoolean(false) ? 0 : 1;
        billed = billed.add(new BigDecimal(cost.path("billed_usd").asString("0")));
    }

    private int number(String customId) {
        String front = name + "-";
        if (!customId.startsWith(front)) {
            return -1;
        }
        try {
            int number = Integer.parseInt(customId.substring(front.length()));
            return number < 0 || number >= lines ? -1 : number;
        } catch (NumberFormatException _) {
            return -1;
        }
    }

    /// Whether each line has one result, in a terminal state, and nothing else came.
    boolean exactlyOne() {
        return missing() == 0 && repeated == 0 && unknown == 0 && unfinished == 0;
    }

    public int missing() {
        return lines - seen.cardinality();
    }

    public int repeated() {
        return repeated;
    }

    /// Of lines that were never sent.
    public int unknown() {
        return unknown;
    }

    /// Results of jobs that have not ended.
    public int unfinished() {
        return unfinished;
    }

    boolean allSucceeded() {
        return of("succeeded") == lines;
    }

    int of(String status) {
        return statuses.getOrDefault(status, 0);
    }

    Set<String> jobs() {
        return Set.copyOf(jobs);
    }

    /// What the receipts say, added up.
    BigDecimal billed() {
        return billed;
    }

    /// Receipts whose cost may still change.
    int open() {
        return open;
    }

    /// Whether the batch counts what its results are.
    boolean agreesWith(JsonNode counts) {
        return counts.path("total").asInt(-1) == lines
                && counts.path("queued").asInt(-1) == 0
                && counts.path("running").asInt(-1) == 0
                && counts.path("batched").asInt(-1) == 0
                && TERMINAL.stream().allMatch(status -> counts.path(status).asInt(-1) == of(status));
    }

    ObjectNode json() {
        ObjectNode json = Json.object()
                .put("lines", lines)
                .put("missing", missing())
                .put("repeated", repeated)
                .put("unknown", unknown)
                .put("unfinished", unfinished);
        ObjectNode by = json.putObject("statuses");
        statuses.forEach(by::put);
        ObjectNode codes = json.putObject("errors");
        errors.forEach(codes::put);
        return json.put("receipts_billed_usd", billed.toPlainString()).put("receipts_not_final", open);
    }
}
