package dev.offpeak.bench;

import java.util.Map;
import java.util.TreeMap;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// What clients were told of their jobs' chances when they submitted them, against how the jobs ended.
final class SaidAtSubmit {

    private static final String AT_RISK = "deadline_at_risk";

    private final Map<String, Integer> reasons = new TreeMap<>();
    private final Map<String, Integer> warnings = new TreeMap<>();
    private int missedAndTold;
    private int missedAndNotTold;
    private int metThoughTold;
    private int met;

    /// @param told the answer to the submission, or an estimate
    static boolean warns(JsonNode told) {
        for (JsonNode warning : told.path("warnings")) {
            if (warning.path("code").asString("").equals(AT_RISK)) {
                return true;
            }
        }
        return false;
    }

    /// @param told the answer to the submission
    /// @param inTime whether the job succeeded before its deadline
    void add(JsonNode told, boolean inTime) {
        boolean warned = warns(told);
        if (inTime) {
            met++;
            metThoughTold += warned ? 1 : 0;
        } else if (warned) {
            missedAndTold++;
        } else {
            missedAndNotTold++;
        }
        count(told.path("cost").path("lane_reasons"), reasons);
        count(told.path("warnings"), warnings);
    }

    /// Numbers in the words differ from job to job.
    private static void count(JsonNode said, Map<String, Integer> counts) {
        if (said.isEmpty()) {
            counts.merge("nothing", 1, Integer::sum);
        }
        said.forEach(each -> counts.merge(
                each.path("code").asString("") + ": "
                        + each.path("message").asString("").replaceAll("[0-9]+([.:][0-9]+)*", "…"),
                1,
                Integer::sum));
    }

    int missed() {
        return missedAndTold + missedAndNotTold;
    }

    int missedAndNotTold() {
        return missedAndNotTold;
    }

    ObjectNode json() {
        ObjectNode json = Json.object()
                .put("met", met)
                .put("met_though_told_that_they_might_not", metThoughTold)
                .put("missed_and_told_that_they_might", missedAndTold)
                .put("missed_and_not_told", missedAndNotTold);
        ObjectNode said = json.putObject("warnings");
        warnings.forEach(said::put);
        ObjectNode why = json.putObject("lane_reasons");
        reasons.forEach(why::put);
        return json;
    }
}
