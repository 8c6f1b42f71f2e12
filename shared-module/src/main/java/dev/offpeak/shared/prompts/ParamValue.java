package dev.offpeak.shared.prompts;

import dev.offpeak.shared.schemas.BoundedText;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.LocalDate;
import java.time.format.DateTimeParseException;
import java.util.regex.Pattern;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.BooleanNode;
import tools.jackson.databind.node.DecimalNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.StringNode;

/// One value held against its parameter.
sealed interface ParamValue {

    /// @param text as it goes into the prompt
    /// @param canonical as it is compared with other values
    record Fits(String text, JsonNode canonical) implements ParamValue {}

    /// @param message what holds of a good value
    record Misfit(String message) implements ParamValue {}

    /// Longer numbers are no numbers that anybody writes in a prompt.
    int LONGEST_NUMBER = 64;

    static ParamValue of(TemplateParam param, JsonNode value) {
        return switch (param.type()) {
            case STRING -> string(param, value);
            case NUMBER -> number(param, value);
            case INTEGER -> integer(param, value);
            case BOOLEAN ->
                value.isBoolean()
                        ? new Fits(value.asString(), BooleanNode.valueOf(value.booleanValue()))
                        : new Misfit("must be true or false");
            case ENUM ->
                value.isString() && param.values().contains(value.stringValue())
                        ? text(value.stringValue())
                        : new Misfit("must be one of " + String.join(", ", param.values()));
            case DATE -> date(value);
            case QUANTITY -> quantity(param, value);
        };
    }

    private static ParamValue string(TemplateParam param, JsonNode value) {
        if (!value.isString()) {
            return new Misfit("must be a string");
        }
        String text = value.stringValue();
        int length = text.codePointCount(0, text.length());
        if (param.minLength() != null && length < param.minLength()) {
            return new Misfit("must have at least " + param.minLength() + " characters");
        }
        if (param.maxLength() != null && length > param.maxLength()) {
            return new Misfit("must have at most " + param.maxLength() + " characters");
        }
        if (param.pattern() != null && !BoundedText.matches(Pattern.compile(param.pattern()), text)) {
            return new Misfit("must match the template's pattern");
        }
        return text(text);
    }

    private static ParamValue number(TemplateParam param, JsonNode value) {
        if (!value.isNumber()) {
            return new Misfit("must be a number");
        }
        BigDecimal number = value.decimalValue();
        if (number.precision() + Math.abs((long) number.scale()) > LONGEST_NUMBER) {
            return new Misfit("must be a number of at most " + LONGEST_NUMBER + " digits");
        }
        if (param.min() != null && number.compareTo(param.min()) < 0) {
            return new Misfit("must be at least " + param.min().toPlainString());
        }
        if (param.max() != null && number.compareTo(param.max()) > 0) {
            return new Misfit("must be at most " + param.max().toPlainString());
        }
        BigDecimal plain = number.signum() == 0 ? BigDecimal.ZERO : number.stripTrailingZeros();
        return new Fits(plain.toPlainString(), DecimalNode.valueOf(plain));
    }

    private static ParamValue integer(TemplateParam param, JsonNode value) {
        if (!value.isIntegralNumber()) {
            return new Misfit("must be an integer");
        }
        var number = number(param, value);
        if (number instanceof Fits) {
            BigInteger integer = value.bigIntegerValue();
            return new Fits(integer.toString(), JsonNodeFactory.instance.numberNode(integer));
        }
        return number;
    }

    private static ParamValue date(JsonNode value) {
        try {
            if (value.isString() && value.stringValue().length() == 10) {
                return text(LocalDate.parse(value.stringValue()).toString());
            }
        } catch (DateTimeParseException _) {
            // Told below.
        }
        return new Misfit("must be a date such as 2026-11-21");
    }

    private static ParamValue quantity(TemplateParam param, JsonNode value) {
        JsonNode unit = value.path("unit");
        if (!value.isObject() || value.size() != 2 || !value.path("value").isNumber() || !unit.isString()) {
            return new Misfit("must be an object with value, a number, and unit, a string");
        }
        if (!param.units().isEmpty() && !param.units().contains(unit.stringValue())) {
            return new Misfit("must have one of the units " + String.join(", ", param.units()));
        }
        return switch (number(param, value.path("value"))) {
            case Misfit misfit -> misfit;
            case Fits fits -> {
                var canonical = JsonNodeFactory.instance.objectNode();
                canonical.set("value", fits.canonical());
                canonical.set("unit", unit);
                yield new Fits(fits.text() + " " + unit.stringValue(), canonical);
            }
        };
    }

    private static Fits text(String text) {
        return new Fits(text, StringNode.valueOf(text));
    }
}
