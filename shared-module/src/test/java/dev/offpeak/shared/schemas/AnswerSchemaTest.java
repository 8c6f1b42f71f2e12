package dev.offpeak.shared.schemas;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class AnswerSchemaTest {

    private static final JsonMapper JSON = JsonMapper.builder().build();

    /// The JDK sees through `(a+)+` but not through this.
    private static final String SLOW = "^a*a*a*a*a*a*a*a*$";

    private static JsonNode json(String text) {
        return JSON.readTree(text);
    }

    @Test
    void acceptsWhatFollowsIt() throws InvalidAnswerSchema {
        var schema = AnswerSchema.compile("""
                {"type":"object","properties":{"sku":{"type":"string","pattern":"^[A-Z]+\\\\d$"}},"required":["sku"]}""");

        assertThat(schema.accepts(json("{\"sku\":\"AB1\"}"))).isTrue();
        assertThat(schema.accepts(json("{\"sku\":\"AB1 \"}"))).isFalse();
        assertThat(schema.accepts(json("{\"sku\":1}"))).isFalse();
        assertThat(schema.accepts(json("{}"))).isFalse();
    }

    @Test
    void followsReferencesWithinAnAnswer() throws InvalidAnswerSchema {
        var tree = AnswerSchema.compile(
                "{\"type\":\"object\",\"properties\":{\"next\":{\"$ref\":\"#\"},\"n\":{\"$ref\":\"#/$defs/n\"}},"
                        + "\"$defs\":{\"n\":{\"type\":\"integer\"}}}");

        assertThat(tree.accepts(json("{\"next\":{\"next\":{\"n\":1}}}"))).isTrue();
        assertThat(tree.accepts(json("{\"next\":{\"next\":{\"n\":\"1\"}}}"))).isFalse();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"pattern\":\"(\"}",
                "{\"properties\":{\"a\":{\"items\":{\"pattern\":\"(\"}}}}",
                "{\"patternProperties\":{\"(\":true}}",
                "{\"$ref\":\"#/nope\"}",
                "{\"properties\":{\"a\":{\"$ref\":\"#/nope\"}}}",
                "{\"$ref\":\"#\"}",
                "{\"allOf\":[{\"$ref\":\"#/$defs/a\"}],\"$defs\":{\"a\":{\"anyOf\":[{\"$ref\":\"#/$defs/a\"}]}}}",
                "{\"$ref\":\"http://127.0.0.1:9/schema\"}",
                "{\"type\":\"strang\"}",
                "[]",
                "true",
                "{"
            })
    void isRefusedWhereNoAnswerCouldBeHeldAgainstIt(String schema) {
        assertThatThrownBy(() -> AnswerSchema.compile(schema))
                .isInstanceOf(InvalidAnswerSchema.class)
                .hasMessageStartingWith("must ");
    }

    @Test
    void isBoundedInSizeAndDepth() {
        assertThatThrownBy(() -> AnswerSchema.compile("{\"description\":\"" + "x".repeat(100_000) + "\"}"))
                .hasMessageContaining("characters");
        assertThatThrownBy(() -> AnswerSchema.compile("{\"not\":".repeat(60) + "{}" + "}".repeat(60)))
                .hasMessageContaining("levels");
    }

    @Test
    @Timeout(20)
    void givesUpOnAPatternThatBacktracksForever() throws InvalidAnswerSchema {
        String text = "\"" + "a".repeat(60) + "!\"";

        assertThat(AnswerSchema.compile("{\"pattern\":\"^(a+)+$\"}").accepts(json(text)))
                .isFalse();
        assertThat(AnswerSchema.compile("{\"pattern\":\"" + SLOW + "\"}").accepts(json(text)))
                .isFalse();
        assertThat(AnswerSchema.compile("{\"not\":{\"pattern\":\"" + SLOW + "\"}}")
                        .accepts(json(text)))
                .as("undecided is no, also where the schema asks for the opposite")
                .isFalse();
        assertThat(AnswerSchema.compile("{\"pattern\":\"^(a+)+$\"}").accepts(json("\"aaa\"")))
                .isTrue();
    }

    @Test
    @Timeout(20)
    void sharesOneBoundAmongAllTextsOfAnAnswer() throws InvalidAnswerSchema {
        var many = JSON.createArrayNode();
        for (int i = 0; i < 5_000; i++) {
            many.add("a".repeat(25) + "!");
        }
        var schema = AnswerSchema.compile("{\"items\":{\"not\":{\"pattern\":\"" + SLOW + "\"}}}");

        assertThat(schema.accepts(many)).isFalse();
    }

    @Test
    @Timeout(20)
    void givesUpOnASchemaThatDoublesItsWorkWithEveryLevel() throws InvalidAnswerSchema {
        var schema = AnswerSchema.compile(
                "{\"properties\":{\"a\":{\"allOf\":[{\"$ref\":\"#\"},{\"$ref\":\"#\"},{\"$ref\":\"#\"}]}}}");

        assertThat(schema.accepts(json("{\"a\":".repeat(40) + "1" + "}".repeat(40))))
                .isFalse();
        assertThat(schema.accepts(json("{\"a\":{\"a\":1}}"))).isTrue();
    }

    @Test
    void survivesAReferenceInCirclesThatOnlyAnAnswerReaches() {
        var schema = compileOrNull(
                "{\"properties\":{\"a\":{\"$ref\":\"#/$defs/a\"}},\"$defs\":{\"a\":{\"$ref\":\"#/$defs/a\"}}}");

        assertThat(schema == null || !schema.accepts(json("{\"a\":1}"))).isTrue();
    }

    private static @Nullable AnswerSchema compileOrNull(String schema) {
        try {
            return AnswerSchema.compile(schema);
        } catch (InvalidAnswerSchema refused) {
            return null;
        }
    }
}
