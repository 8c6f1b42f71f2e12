package dev.offpeak.shared.ledger;

import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/// All prices by provider, model and day. A model is found by its exact name or an alias, never by the beginning of its
/// name: `claude-opus-5` begins `claude-opus-5-5`, which costs something else.
public final class PriceBook {

    private static final Comparator<Price> OLDEST_FIRST =
            Comparator.comparing(Price::effectiveFrom, Comparator.nullsFirst(Comparator.<LocalDate>naturalOrder()));

    private record Name(String provider, String model) {}

    private final Map<Name, List<Price>> byName;
    private final Set<Name> disputed;

    private PriceBook(Map<Name, List<Price>> byName, Set<Name> disputed) {
        this.byName = byName;
        this.disputed = disputed;
    }

    /// @throws IllegalArgumentException where two prices of one model begin on the same day
    public static PriceBook of(Collection<Price> prices) {
        return of(prices, List.of());
    }

    /// @param disputed prices that are known not to be known: they are not used, nor is another name's price for them
    static PriceBook of(Collection<Price> prices, Collection<Price> disputed) {
        var byName = new HashMap<Name, List<Price>>();
        prices.stream()
                .sorted(OLDEST_FIRST)
                .forEach(price ->
                        names(price).forEach(name -> byName.merge(name, List.of(price), PriceBook::followedBy)));
        var withoutPrice = new HashSet<Name>();
        disputed.forEach(price -> withoutPrice.addAll(names(price)));
        withoutPrice.removeAll(byName.keySet());
        return new PriceBook(byName, withoutPrice);
    }

    private static Set<Name> names(Price price) {
        var names = new HashSet<Name>();
        names.add(new Name(price.provider(), price.model()));
        price.aliases().forEach(alias -> names.add(new Name(price.provider(), alias)));
        return names;
    }

    private static List<Price> followedBy(List<Price> older, List<Price> younger) {
        if (OLDEST_FIRST.compare(older.getLast(), younger.getFirst()) == 0) {
            throw new IllegalArgumentException("two prices for one name on one day: "
                    + older.getLast().id() + " and " + younger.getFirst().id());
        }
        return Stream.concat(older.stream(), younger.stream()).toList();
    }

    /// @return the price that holds at that moment, by its day in UTC
    public Optional<Price> find(String provider, String model, Instant at) {
        LocalDate day = LocalDate.ofInstant(at, ZoneOffset.UTC);
        return byName.getOrDefault(new Name(provider, model), List.of()).reversed().stream()
                .filter(price ->
                        price.effectiveFrom() == null || !price.effectiveFrom().isAfter(day))
                .findFirst();
    }

    /// The price of an answer. A provider may name a dated snapshot of the model that was asked for; one that has no
    /// price of its own costs what the asked model costs.
    public Optional<Price> find(String provider, String asked, String answered, Instant at) {
        Optional<Price> own = find(provider, answered, at);
        return own.isPresent() || disputed.contains(new Name(provider, answered)) ? own : find(provider, asked, at);
    }
}
