package dev.offpeak.api.workflows;

import com.fasterxml.jackson.annotation.JsonProperty;
import dev.offpeak.api.problems.Checks;
import dev.offpeak.api.problems.Problem;
import dev.offpeak.shared.prompts.TemplateDefinition;
import dev.offpeak.shared.prompts.TemplateParam;
import dev.offpeak.shared.prompts.TemplateParam.Type;
import io.swagger.v3.oas.annotations.media.Schema;
import java.math.BigDecimal;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import org.jspecify.annotations.Nullable;

@Schema(description = "A whole template. `{{name}}` in its texts stands for the parameter of that name.")
record PutTemplateRequest(
        @Schema(description = "The name in the path, where given.", nullable = true) @Nullable String name,

        @Schema(
                description = "Becomes the user's message.",
                example = "Describe {{product}} in {{words}} words.",
                requiredMode = Schema.RequiredMode.REQUIRED)
        @Nullable String text,

        @Schema(description = "Becomes the system message.", nullable = true) @Nullable String system,

        @Schema(nullable = true) @Nullable Map<String, @Nullable Param> params,

        @Schema(hidden = true) @Nullable String object,
        @Schema(hidden = true) @Nullable Integer version,

        @JsonProperty("created_at") @Schema(hidden = true) @Nullable String createdAt) {

    private static final int LONGEST_TEXT = 200_000;
    private static final int MOST_PARAMS = 64;
    private static final int LONGEST_PATTERN = 500;
    private static final Pattern PARAM_NAME = Pattern.compile("[A-Za-z][A-Za-z0-9_]{0,63}");

    @Schema(name = "TemplateParam")
    record Param(
            @Schema(
                    allowableValues = {"string", "number", "integer", "boolean", "enum", "date", "quantity"},
                    requiredMode = Schema.RequiredMode.REQUIRED)
            @Nullable String type,

            @Schema(defaultValue = "true", nullable = true) @Nullable Boolean required,

            @Schema(maxLength = 500, nullable = true) @Nullable String description,

            @JsonProperty("min_length") @Schema(description = "Of a string.", nullable = true) @Nullable Integer minLength,

            @JsonProperty("max_length") @Schema(description = "Of a string.", nullable = true) @Nullable Integer maxLength,

            @Schema(description = "A regular expression that the whole string matches.", nullable = true) @Nullable String pattern,

            @Schema(description = "Of a number, an integer or a quantity.", nullable = true) @Nullable BigDecimal min,

            @Schema(description = "Of a number, an integer or a quantity.", nullable = true) @Nullable BigDecimal max,

            @Schema(description = "What an enum may be.", nullable = true) @Nullable List<@Nullable String> values,

            @Schema(description = "What a quantity may be counted in.", nullable = true) @Nullable List<@Nullable String> units) {}

    /// @throws Problem where it is no template
    TemplateDefinition read(String pathName) {
        var checks = new Checks();
        checks.check(WorkflowReader.NAME.matcher(pathName).matches(), "name", WorkflowReader.NAME_RULE);
        checks.check(name == null || name.equals(pathName), "name", "must equal the name in the path");
        checks.check(
                text != null && !text.isBlank() && text.length() <= LONGEST_TEXT,
                "text",
                "must be 1 to " + LONGEST_TEXT + " characters");
        checks.check(
                system == null || (!system.isBlank() && system.length() <= LONGEST_TEXT),
                "system",
                "must be 1 to " + LONGEST_TEXT + " characters");
        var read = params(checks);
        checkPlaceholders(checks, text, "text", read);
        checkPlaceholders(checks, system, "system", read);
        checks.throwIfAny();
        return new TemplateDefinition(pathName, Objects.requireNonNull(text), system, read);
    }

    private static void checkPlaceholders(
            Checks checks, @Nullable String text, String field, Map<String, TemplateParam> params) {
        if (text == null) {
            return;
        }
        checks.check(!TemplateDefinition.malformed(text), field, "has {{ without a parameter's name and }}");
        TemplateDefinition.placeholders(text).stream()
                .filter(placeholder -> !params.containsKey(placeholder))
                .forEach(placeholder -> checks.wrong(field, "has {{" + placeholder + "}}, which is no parameter"));
    }

    private Map<String, TemplateParam> params(Checks checks) {
        var read = new TreeMap<String, TemplateParam>();
        if (params == null) {
            return read;
        }
        checks.check(params.size() <= MOST_PARAMS, "params", "may be at most " + MOST_PARAMS);
        params.forEach((param, given) -> {
            String field = "params." + (param.length() <= 64 ? param : param.substring(0, 64));
            checks.check(
                    PARAM_NAME.matcher(param).matches(),
                    field,
                    "must be named with a letter, then letters, digits or _");
            if (given == null) {
                checks.wrong(field, "must be an object");
            } else {
                read.put(param, param(checks, field, given));
            }
        });
        return read;
    }

    private static TemplateParam param(Checks checks, String field, Param given) {
        var type = type(checks, field + ".type", given.type());
        boolean counted = type == Type.NUMBER || type == Type.INTEGER || type == Type.QUANTITY;
        checkOnly(checks, type == Type.STRING, given.minLength(), field + ".min_length", "a string");
        checkOnly(checks, type == Type.STRING, given.maxLength(), field + ".max_length", "a string");
        checkOnly(checks, type == Type.STRING, given.pattern(), field + ".pattern", "a string");
        checkOnly(checks, counted, given.min(), field + ".min", "a number, an integer or a quantity");
        checkOnly(checks, counted, given.max(), field + ".max", "a number, an integer or a quantity");
        checkOnly(checks, type == Type.ENUM, given.values(), field + ".values", "an enum");
        checkOnly(checks, type == Type.QUANTITY, given.units(), field + ".units", "a quantity");
        checkBounds(checks, field, given);
        checks.check(
                given.description() == null || given.description().length() <= 500,
                field + ".description",
                "must be at most 500 characters");
        var values = texts(checks, given.values(), field + ".values");
        checks.check(type != Type.ENUM || !values.isEmpty(), field + ".values", "must name what the enum may be");
        return new TemplateParam(
                type,
                given.required() == null || given.required(),
                given.description(),
                given.minLength(),
                given.maxLength(),
                given.pattern(),
                given.min(),
                given.max(),
                values,
                texts(checks, given.units(), field + ".units"));
    }

    private static void checkOnly(Checks checks, boolean fits, @Nullable Object given, String field, String of) {
        checks.check(fits || given == null, field, "is only for " + of);
    }

    private static void checkBounds(Checks checks, String field, Param given) {
        checks.check(
                given.minLength() == null || given.minLength() >= 0, field + ".min_length", "must not be negative");
        checks.check(
                given.maxLength() == null
                        || given.maxLength() >= (given.minLength() == null ? 1 : Math.max(1, given.minLength())),
                field + ".max_length",
                "must be positive and not below min_length");
        checks.check(
                given.min() == null || given.max() == null || given.min().compareTo(given.max()) <= 0,
                field + ".max",
                "must not be below min");
        for (BigDecimal bound : Arrays.asList(given.min(), given.max())) {
            checks.check(
                    bound == null || bound.precision() + Math.abs((long) bound.scale()) <= 64,
                    field,
                    "must have bounds of at most 64 digits");
        }
        String pattern = given.pattern();
        if (pattern != null) {
            checks.check(
                    pattern.length() <= LONGEST_PATTERN && compiles(pattern),
                    field + ".pattern",
                    "must be a regular expression of at most " + LONGEST_PATTERN + " characters");
        }
    }

    private static boolean compiles(String pattern) {
        try {
            Pattern.compile(pattern);
            return true;
        } catch (PatternSyntaxException _) {
            return false;
        }
    }

    private static Type type(Checks checks, String field, @Nullable String wire) {
        return Arrays.stream(Type.values())
                .filter(type -> type.wire().equals(wire))
                .findFirst()
                .orElseGet(() -> {
                    checks.wrong(field, "must be one of string, number, integer, boolean, enum, date, quantity");
                    return Type.STRING;
                });
    }

    private static List<String> texts(Checks checks, @Nullable List<@Nullable String> given, String field) {
        if (given == null) {
            return List.of();
        }
        checks.check(given.size() <= 256, field, "may be at most 256");
        boolean good = given.stream().allMatch(text -> text != null && !text.isBlank() && text.length() <= 256);
        checks.check(good, field, "must be strings of 1 to 256 characters");
        return good ? given.stream().map(Objects::requireNonNull).distinct().toList() : List.of();
    }
}
