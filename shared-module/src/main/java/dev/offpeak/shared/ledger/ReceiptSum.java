package dev.offpeak.shared.ledger;

import dev.offpeak.shared.core.Usd;
import dev.offpeak.shared.providers.Usage;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Adds ledger rows up to a receipt; lines of one kind become one line, `list` stays first.
final class ReceiptSum {

    private final Map<String, Usd> lines = new LinkedHashMap<>(Map.of(CostLine.LIST, Usd.ZERO));
    private Usd billed = Usd.ZERO;
    private Usd list = Usd.ZERO;
    private Usage usage = Usage.NONE;
    private boolean complete = true;
    private boolean last = true;

    void add(@Nullable Usd rowBilled, @Nullable Usd rowList, List<CostLine> rowLines, Usage rowUsage, boolean settled) {
        billed = rowBilled == null ? billed : billed.plus(rowBilled);
        list = rowList == null ? list : list.plus(rowList);
        rowLines.forEach(line -> lines.merge(line.kind(), line.usd(), Usd::plus));
        usage = usage.plus(rowUsage);
        complete &= rowBilled != null;
        last &= settled;
    }

    Receipt receipt() {
        return new Receipt(
                billed,
                list,
                complete,
                last,
                lines.entrySet().stream()
                        .map(line -> new CostLine(line.getKey(), line.getValue()))
                        .toList(),
                usage);
    }
}
