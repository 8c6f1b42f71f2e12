package dev.offpeak.shared.prompts;

import java.math.BigDecimal;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// What a template's parameter takes. Bounds that are null do not bind.
///
/// @param minLength of a string, in characters
/// @param pattern a regular expression that a whole string matches
/// @param min of a number, an integer or a quantity's value, inclusive
/// @param values what an enum may be
/// @param units what a quantity may be counted in
public record TemplateParam(
        Type type,
        boolean required,
        @Nullable String description,
        @Nullable Integer minLength,
        @Nullable Integer maxLength,
        @Nullable String pattern,
        @Nullable BigDecimal min,
        @Nullable BigDecimal max,
        List<String> values,
        List<String> units) {

    public TemplateParam {
        values = List.copyOf(values);
        units = List.copyOf(units);
        min = min == null ? null : min.stripTrailingZeros();
        max = max == null ? null : max.stripTrailingZeros();
    }

    /// What sort of value it is.
    public enum Type {
        STRING,
        NUMBER,
        INTEGER,
        BOOLEAN,
        ENUM,
        /// An ISO date such as `2026-11-21`.
        DATE,
        /// `{"value":2.5,"unit":"kg"}`.
        QUANTITY;

        public String wire() {
            return name().toLowerCase(Locale.ROOT);
        }

        /// @throws IllegalArgumentException where there is no such type
        public static Type ofWire(String wire) {
            return valueOf(wire.toUpperCase(Locale.ROOT));
        }
    }
}
