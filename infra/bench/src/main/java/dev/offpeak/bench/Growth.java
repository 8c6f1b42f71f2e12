package dev.offpeak.bench;

import tools.jackson.databind.node.ObjectNode;

/// A figure at the beginning of a run and at its end, and how many times the first the last may be.
///
/// @param known whether there are samples of both; without, nothing holds
record Growth(double first, double last, double most, boolean known) {

    Growth(double first, double last, double most) {
        this(first, last, most, true);
    }

    boolean holds() {
        return known && last <= first * most;
    }

    ObjectNode json() {
        ObjectNode json = Json.object().put("first", rounded(first)).put("last", rounded(last));
        if (first != 0) {
            json.put("times", rounded(last / first));
        }
        return json.put("at_most_times", most).put("known", known).put("holds", holds());
    }

    private static double rounded(double value) {
        return Math.round(value * 1000) / 1000.0;
    }
}
