package dev.offpeak.shared.ledger;

import dev.offpeak.shared.core.Usd;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.json.JsonMapper;

/// Receipt lines as the ledger stores them: `[{"kind":"list","usd":"0.000246"}]`, amounts as text so that
/// none is rounded.
public final class CostLinesJson {

    private final JsonMapper json = JsonMapper.builder().build();

    public String write(List<CostLine> lines) {
        var array = json.createArrayNode();
        for (CostLine line : lines) {
            array.addObject().put("kind", line.kind()).put("usd", line.usd().toString());
        }
        return array.toString();
    }

    List<CostLine> read(String text) {
        var lines = new ArrayList<CostLine>();
        for (var line : json.readTree(text)) {
            lines.add(new CostLine(
                    line.get("kind").asString(), Usd.of(line.get("usd").asString())));
        }
        return lines;
    }
}
