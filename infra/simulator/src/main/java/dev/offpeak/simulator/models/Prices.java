package dev.offpeak.simulator.models;

import dev.offpeak.simulator.json.Json;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// The price book. A model is found by its exact name or an alias, never by a prefix; of its trusted rows the
/// one with the largest day not after the given one counts.
public final class Prices {
    private static final Comparator<@Nullable LocalDate> EARLIEST_FIRST =
            Comparator.nullsFirst(Comparator.<LocalDate>naturalOrder());

    private final Map<String, List<PriceRow>> rows = new HashMap<>();
    private final Map<Provider, Set<String>> names = new HashMap<>();

    private Prices(List<PriceRow> all) {
        for (PriceRow row : all) {
            add(row.model(), row);
            row.aliases().forEach(alias -> add(alias, row));
        }
    }

    /// The facts that come with the simulator.
    public static Prices load() {
        try (InputStream in = Prices.class.getResourceAsStream("/simulator-prices.json")) {
            if (in == null) {
                throw new IllegalStateException("simulator-prices.json is not on the class path");
            }
            List<PriceRow> all = new ArrayList<>();
            Json.parse(in.readAllBytes()).forEach(node -> all.add(row(node)));
            return new Prices(all);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// What the call costs, exactly, or null where no known price covers it.
    public @Nullable BigDecimal cost(String model, Usage usage, LocalDate day, boolean batch) {
        PriceRow row = row(model, day);
        return row == null ? null : row.cost(usage, batch);
    }

    /// What a call on the flex tier costs, or null where no known price covers it.
    public @Nullable BigDecimal flexCost(String model, Usage usage, LocalDate day) {
        PriceRow row = row(model, day);
        return row == null ? null : row.flexCost(usage);
    }

    /// Whether prompts of the model are cached by the provider, which shows in its having a price for it.
    boolean cachesPrompts(String model, LocalDate day) {
        PriceRow row = row(model, day);
        return row != null && row.cachedInput() != null;
    }

    boolean chargesCacheWrites(String model, LocalDate day) {
        PriceRow row = row(model, day);
        return row != null && row.cacheWrite5m() != null;
    }

    Set<String> names(Provider provider) {
        return names.getOrDefault(provider, Set.of());
    }

    private void add(String name, PriceRow row) {
        rows.computeIfAbsent(name, _ -> new ArrayList<>()).add(row);
        names.computeIfAbsent(row.provider(), _ -> new TreeSet<>()).add(name);
    }

    private @Nullable PriceRow row(String model, LocalDate day) {
        return rows.getOrDefault(model, List.of()).stream()
                .filter(row -> row.appliesOn(day))
                .max(Comparator.comparing(PriceRow::effectiveFrom, EARLIEST_FIRST))
                .orElse(null);
    }

    private static PriceRow row(JsonNode node) {
        String from = Json.string(node, "effective_from");
        List<String> aliases = new ArrayList<>();
        node.path("aliases").forEach(alias -> aliases.add(alias.stringValue()));
        String confidence = node.path("confidence").stringValue();
        JsonNode tier = node.path("long_context");
        boolean tiered = tier.isObject();
        return new PriceRow(
                Provider.of(node.path("provider").stringValue()),
                node.path("model").stringValue(),
                List.copyOf(aliases),
                from == null ? null : LocalDate.parse(from),
                !confidence.equals("unknown") && !confidence.equals("conflicting"),
                amount(node, "input"),
                amount(node, "cached_input"),
                amount(node, "cache_write_5m"),
                amount(node, "cache_write_1h"),
                amount(node, "output"),
                amount(node, "batch_input"),
                amount(node, "batch_cached_input"),
                amount(node, "batch_output"),
                tiered ? tier.path("above").asLong() : Long.MAX_VALUE,
                tiered ? new BigDecimal(tier.path("input_factor").stringValue()) : BigDecimal.ONE,
                tiered ? new BigDecimal(tier.path("output_factor").stringValue()) : BigDecimal.ONE);
    }

    private static @Nullable BigDecimal amount(JsonNode node, String field) {
        String text = Json.string(node, field);
        return text == null ? null : new BigDecimal(text);
    }
}
