package dev.offpeak.shared.schemas;

import com.networknt.schema.ExecutionConfig;
import com.networknt.schema.OutputFormat;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaLocation;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SchemaRegistryConfig;
import com.networknt.schema.SpecificationVersion;
import com.networknt.schema.regex.RegularExpression;
import com.networknt.schema.regex.RegularExpressions;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Pattern;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.JsonNodeFactory;

/// The JSON Schema (2020-12) of a client, held against answers that are paid for by then. So what is wrong with it is
/// found when it is compiled, as far as that is possible, and a check ends soon whatever the schema is. Nothing is
/// fetched: references stay inside.
public final class AnswerSchema {

    /// Longest schema, in characters of JSON.
    public static final int MOST_CHARACTERS = 100_000;

    /// How deep a schema may nest.
    public static final int MOST_LEVELS = 50;

    private static final int MOST_STEPS = 1_000_000;
    private static final int MOST_NESTED_STEPS = 500;
    private static final String[] REFERENCES = {"$ref", "$dynamicRef", "$schema"};

    private static final JsonMapper JSON = JsonMapper.builder().build();
    private static final ExecutionConfig LIMITS = ExecutionConfig.builder()
            .maxEvaluationSteps(MOST_STEPS)
            .maxEvaluationDepth(MOST_NESTED_STEPS)
            .build();

    /// What is left to regular expressions in the check that this thread makes.
    private static final ScopedValue<AtomicInteger> LOOKS_LEFT = ScopedValue.newInstance();

    private static final Schema RULES = SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12)
            .getSchema(SchemaLocation.of(SpecificationVersion.DRAFT_2020_12.getDialectId()));

    /// One of each kind, to see whether the schema can be held against anything.
    private static final List<JsonNode> SAMPLES = List.of(
            JsonNodeFactory.instance.objectNode(),
            JsonNodeFactory.instance.arrayNode(),
            JsonNodeFactory.instance.stringNode(""),
            JsonNodeFactory.instance.numberNode(1),
            JsonNodeFactory.instance.nullNode());

    private final Schema schema;

    private AnswerSchema(Schema schema) {
        this.schema = schema;
    }

    /// @param json the schema's text
    /// @throws InvalidAnswerSchema where it is no schema, or none that could be held against an answer
    public static AnswerSchema compile(String json) throws InvalidAnswerSchema {
        if (json.length() > MOST_CHARACTERS) {
            throw new InvalidAnswerSchema("must have at most " + MOST_CHARACTERS + " characters");
        }
        JsonNode tree;
        try {
            tree = JSON.readTree(json);
        } catch (JacksonException notJson) {
            throw new InvalidAnswerSchema("must be JSON");
        }
        checkForm(tree);
        try {
            // A registry of its own: it remembers schemas by their $id, and that of another tenant may be the same.
            var compiled = new AnswerSchema(registry().getSchema(tree));
            compiled.schema.initializeValidators();
            for (JsonNode sample : SAMPLES) {
                compiled.holds(sample);
            }
            return compiled;
        } catch (StackOverflowError | BoundedText.TooManyLooks endless) {
            throw new InvalidAnswerSchema("must not refer to itself without end");
        } catch (RuntimeException unusable) {
            throw new InvalidAnswerSchema(
                    "must be usable: a reference leads nowhere or round in circles, or a pattern is no regular expression");
        }
    }

    /// Whether the value follows this schema. Where that cannot be found out in bounded time, it does not.
    public boolean accepts(JsonNode value) {
        try {
            return holds(value);
        } catch (VirtualMachineError e) {
            if (e instanceof StackOverflowError) {
                return false;
            }
            throw e;
        } catch (Throwable undecided) {
            return false;
        }
    }

    private boolean holds(JsonNode value) {
        return ScopedValue.where(LOOKS_LEFT, new AtomicInteger(BoundedText.MOST_LOOKS))
                .call(() -> schema.validate(
                        value,
                        OutputFormat.BOOLEAN,
                        (execution, _) -> execution.setExecutionConfig(
                                ExecutionConfig.builder(LIMITS).failFast(true).build())));
    }

    private static void checkForm(JsonNode tree) throws InvalidAnswerSchema {
        if (!tree.isObject()) {
            throw new InvalidAnswerSchema("must be a JSON Schema, an object");
        }
        if (deeperThan(MOST_LEVELS, tree)) {
            throw new InvalidAnswerSchema("must nest at most " + MOST_LEVELS + " levels");
        }
        if (refersOutside(tree)) {
            throw new InvalidAnswerSchema("must not refer to other documents");
        }
        var errors = RULES.validate(tree);
        if (!errors.isEmpty()) {
            throw new InvalidAnswerSchema("must be a valid JSON Schema: "
                    + errors.getFirst().getInstanceLocation() + " "
                    + errors.getFirst().getMessage());
        }
    }

    private static boolean deeperThan(int levels, JsonNode node) {
        return node.isContainer()
                && (levels == 0 || node.valueStream().anyMatch(child -> deeperThan(levels - 1, child)));
    }

    private static boolean refersOutside(JsonNode node) {
        if (node.isObject()) {
            for (String keyword : REFERENCES) {
                JsonNode target = node.path(keyword);
                boolean dialect = keyword.equals("$schema")
                        && target.isString()
                        && SpecificationVersion.fromDialectId(target.stringValue())
                                .isPresent();
                if (target.isString() && !target.stringValue().startsWith("#") && !dialect) {
                    return true;
                }
            }
        }
        return node.valueStream().anyMatch(AnswerSchema::refersOutside);
    }

    private static SchemaRegistry registry() {
        var config = SchemaRegistryConfig.builder()
                .regularExpressionFactory(AnswerSchema::expression)
                .build();
        return SchemaRegistry.withDefaultDialect(
                SpecificationVersion.DRAFT_2020_12, registry -> registry.schemaRegistryConfig(config));
    }

    /// What the library would do on the JDK, but with an end to it.
    private static RegularExpression expression(String regex) {
        var pattern = Pattern.compile(
                RegularExpressions.replaceLongformCharacterProperties(RegularExpressions.replaceDollarAnchors(regex)));
        return text -> BoundedText.find(pattern, text, LOOKS_LEFT.get());
    }
}
