package dev.offpeak.api.jobs;

import com.networknt.schema.Schema;
import com.networknt.schema.SchemaLocation;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import java.util.Optional;
import tools.jackson.databind.JsonNode;

/// Whether a JSON Schema is one, before an answer is held against it. Nothing is fetched: references stay inside.
final class ResponseSchema {

    private static final SchemaRegistry REGISTRY =
            SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12);
    private static final Schema RULES =
            REGISTRY.getSchema(SchemaLocation.of(SpecificationVersion.DRAFT_2020_12.getDialectId()));

    private ResponseSchema() {}

    /// @return what is wrong with it, if anything
    static Optional<String> fault(JsonNode schema) {
        if (!schema.isObject()) {
            return Optional.of("must be a JSON Schema, an object");
        }
        if (refersOutside(schema)) {
            return Optional.of("must not refer to other documents");
        }
        var errors = RULES.validate(schema);
        return errors.isEmpty()
                ? Optional.empty()
                : Optional.of("must be a valid JSON Schema: "
                        + errors.getFirst().getInstanceLocation() + " "
                        + errors.getFirst().getMessage());
    }

    private static boolean refersOutside(JsonNode node) {
        if (node.isObject()) {
            for (String keyword : new String[] {"$ref", "$dynamicRef", "$schema"}) {
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
        return node.valueStream().anyMatch(ResponseSchema::refersOutside);
    }
}
