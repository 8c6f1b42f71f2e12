package dev.offpeak.simulator.answers;

import static org.assertj.core.api.Assertions.assertThat;

import com.networknt.schema.InputFormat;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import dev.offpeak.simulator.json.Json;
import java.nio.charset.StandardCharsets;
import java.util.SplittableRandom;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SchemaFillerTest {
    @ParameterizedTest
    @ValueSource(strings = {"""
                {"type":"object","properties":{"a":{"type":"string","minLength":50},"b":{"type":"integer","minimum":3,"maximum":5},
                 "c":{"enum":["x","y"]},"d":{"type":["number","null"],"exclusiveMinimum":0,"maximum":1}},
                 "required":["a","b","c","d"],"additionalProperties":false}
                """, """
                {"type":"object","properties":{"node":{"$ref":"#/$defs/node"}},"required":["node"],
                 "$defs":{"node":{"type":"object","properties":{"next":{"anyOf":[{"$ref":"#/$defs/node"},{"type":"null"}]},
                 "day":{"type":"string","format":"date"}},"required":["next","day"],"additionalProperties":false}}}
                """, """
                {"type":"array","items":{"type":"integer","multipleOf":7,"minimum":10},"minItems":4,"maxItems":6,"uniqueItems":true}
                """, """
                {"allOf":[{"type":"object","properties":{"a":{"const":1}},"required":["a"]},
                 {"properties":{"b":{"type":"boolean"}},"required":["b"]}]}
                """})
    void makesWhatTheSchemaAllows(String schema) {
        var node = Json.parse(schema.getBytes(StandardCharsets.UTF_8));
        var validator = SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12)
                .getSchema(schema, InputFormat.JSON);

        for (int seed = 0; seed < 50; seed++) {
            String made = Json.text(new SchemaFiller(new SplittableRandom(seed), node).value());
            assertThat(validator.validate(made, InputFormat.JSON)).as(made).isEmpty();
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"$ref\":\"#\"}",
                "{\"$ref\":\"#nowhere\"}",
                "{\"$ref\":\"#/$defs/a\",\"$defs\":{\"a\":{\"anyOf\":[{\"$ref\":\"#/$defs/a\"}]}}}",
                "{\"type\":[1,2],\"required\":[1]}",
                "{\"type\":\"integer\",\"maximum\":1e300,\"minimum\":-1e300}",
                "{\"type\":\"string\",\"minLength\":2000000000}"
            })
    void comesToAnEndWhateverTheSchemaSays(String schema) {
        var node = Json.parse(schema.getBytes(StandardCharsets.UTF_8));

        assertThat(new SchemaFiller(new SplittableRandom(1), node).value()).isNotNull();
    }
}
