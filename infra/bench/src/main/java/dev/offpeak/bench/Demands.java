package dev.offpeak.bench;

import java.util.LinkedHashMap;
import java.util.Map;
import tools.jackson.databind.node.ObjectNode;

/// What must hold of a run, by name.
final class Demands {

    private final Map<String, Boolean> all = new LinkedHashMap<>();

    Demands that(String name, boolean holds) {
        all.merge(name, holds, Boolean::logicalAnd);
        return this;
    }

    /// Not where nothing was demanded.
    boolean hold() {
        return !all.isEmpty() && !all.containsValue(false);
    }

    ObjectNode json() {
        ObjectNode json = Json.object();
        all.forEach(json::put);
        return json;
    }
}
