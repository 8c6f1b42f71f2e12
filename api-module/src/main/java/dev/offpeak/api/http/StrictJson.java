package dev.offpeak.api.http;

import dev.offpeak.api.problems.Problem;
import dev.offpeak.shared.core.ErrorCode;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JacksonException.Reference;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.exc.StreamConstraintsException;
import tools.jackson.core.exc.StreamReadException;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JavaType;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.MapperFeature;
import tools.jackson.databind.cfg.CoercionAction;
import tools.jackson.databind.cfg.CoercionInputShape;
import tools.jackson.databind.exc.MismatchedInputException;
import tools.jackson.databind.exc.UnrecognizedPropertyException;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.type.LogicalType;

/// Reads JSON without guessing: no coercion, no duplicate or unknown fields, no trailing text, no characters that
/// PostgreSQL or a provider would refuse. Every refusal names the field by its path.
public final class StrictJson {

    private static final int MAX_DEPTH = 64;

    private final JsonMapper mapper = mapper();

    private static JsonMapper mapper() {
        var factory = JsonFactory.builder()
                .streamReadConstraints(StreamReadConstraints.builder()
                        .maxNestingDepth(MAX_DEPTH)
                        .maxNumberLength(100)
                        .build())
                .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                .disable(StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION)
                .build();
        var builder = JsonMapper.builder(factory)
                .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
                .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
                .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
                .enable(DeserializationFeature.FAIL_ON_READING_DUP_TREE_KEY)
                .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
                .disable(DeserializationFeature.ACCEPT_FLOAT_AS_INT)
                .disable(MapperFeature.ALLOW_COERCION_OF_SCALARS);
        for (var type : List.of(LogicalType.Textual, LogicalType.Boolean, LogicalType.Integer, LogicalType.Float)) {
            builder.withCoercionConfig(type, coercion -> {
                for (var shape : CoercionInputShape.values()) {
                    if (!natural(type, shape)) {
                        coercion.setCoercion(shape, CoercionAction.Fail);
                    }
                }
            });
        }
        return builder.build();
    }

    private static boolean natural(LogicalType type, CoercionInputShape shape) {
        return switch (type) {
            case Textual -> shape == CoercionInputShape.String || shape == CoercionInputShape.EmptyString;
            case Boolean -> shape == CoercionInputShape.Boolean;
            case Integer -> shape == CoercionInputShape.Integer;
            default -> shape == CoercionInputShape.Float || shape == CoercionInputShape.Integer;
        };
    }

    /// @throws Problem where the bytes are not UTF-8, not JSON, or not of that type
    Object read(byte[] bytes, JavaType type) {
        return value(tree(bytes), type);
    }

    /// One JSON value that can be stored, of whatever type.
    ///
    /// @throws Problem where the bytes are not UTF-8 or not JSON
    public JsonNode tree(byte[] bytes) {
        var tree = tree(decode(bytes));
        refuseUnstorable(tree, "");
        return tree;
    }

    /// @throws Problem where the value is not of that type
    public <T> T value(JsonNode tree, Class<T> type) {
        return type.cast(value(tree, mapper.constructType(type)));
    }

    private Object value(JsonNode tree, JavaType type) {
        try {
            Object value = mapper.treeToValue(tree, type);
            if (value == null) {
                throw Problem.at(ErrorCode.INVALID_REQUEST, "body", "must not be null");
            }
            return value;
        } catch (JacksonException e) {
            throw translate(e);
        }
    }

    JavaType type(java.lang.reflect.Type type) {
        return mapper.constructType(type);
    }

    private static String decode(byte[] bytes) {
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .onMalformedInput(CodingErrorAction.REPORT)
                    .onUnmappableCharacter(CodingErrorAction.REPORT)
                    .decode(ByteBuffer.wrap(bytes))
                    .toString();
        } catch (CharacterCodingException _) {
            throw Problem.of(ErrorCode.MALFORMED_JSON, "The body is not valid UTF-8.");
        }
    }

    private JsonNode tree(String text) {
        if (text.isBlank()) {
            throw Problem.of(ErrorCode.INVALID_REQUEST, "A JSON body is required.");
        }
        try {
            return mapper.readTree(text);
        } catch (StreamConstraintsException _) {
            throw Problem.of(
                    ErrorCode.MALFORMED_JSON,
                    "The body nests deeper than " + MAX_DEPTH + " levels or has a number of over 100 digits.");
        } catch (StreamReadException e) {
            var where = e.getLocation();
            String at = where == null ? "" : " at line " + where.getLineNr() + ", column " + where.getColumnNr();
            String what = e.getOriginalMessage().startsWith("Duplicate") ? "a duplicate field" : "invalid JSON";
            throw Problem.of(ErrorCode.MALFORMED_JSON, "The body has " + what + at + ".");
        } catch (JacksonException _) {
            throw Problem.of(ErrorCode.MALFORMED_JSON, "The body is not one JSON value.");
        }
    }

    /// PostgreSQL keeps no NUL, and half a surrogate pair is not text.
    private static void refuseUnstorable(JsonNode node, String path) {
        if (node.isString()) {
            refuseUnstorable(node.stringValue(), path);
        } else if (node.isArray()) {
            for (int i = 0; i < node.size(); i++) {
                refuseUnstorable(node.get(i), path + "[" + i + "]");
            }
        } else if (node.isObject()) {
            for (var field : node.properties()) {
                refuseUnstorable(field.getKey(), path.isEmpty() ? "body" : path);
                refuseUnstorable(field.getValue(), path.isEmpty() ? field.getKey() : path + "." + field.getKey());
            }
        }
    }

    private static void refuseUnstorable(String text, String path) {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == 0) {
                throw Problem.at(ErrorCode.INVALID_REQUEST, path, "must not contain the character U+0000");
            }
            if (Character.isSurrogate(c)) {
                boolean pair = Character.isHighSurrogate(c)
                        && i + 1 < text.length()
                        && Character.isLowSurrogate(text.charAt(i + 1));
                if (!pair) {
                    throw Problem.at(ErrorCode.INVALID_REQUEST, path, "must not contain half a surrogate pair");
                }
                i++;
            }
        }
    }

    private static Problem translate(JacksonException e) {
        String path = path(e.getPath());
        return switch (e) {
            case UnrecognizedPropertyException _ -> Problem.at(ErrorCode.UNKNOWN_FIELD, path, "is not a known field");
            case MismatchedInputException mismatch ->
                Problem.at(
                        ErrorCode.INVALID_REQUEST,
                        path.isEmpty() ? "body" : path,
                        "must be " + expected(mismatch.getTargetType()));
            default -> Problem.at(ErrorCode.INVALID_REQUEST, path.isEmpty() ? "body" : path, "is not valid");
        };
    }

    private static String path(List<Reference> references) {
        return references.stream()
                .map(part ->
                        part.getPropertyName() == null ? "[" + part.getIndex() + "]" : "." + part.getPropertyName())
                .collect(Collectors.joining())
                .replaceFirst("^\\.", "");
    }

    private static String expected(@Nullable Class<?> type) {
        if (type == null) {
            return "of another type";
        }
        if (type == String.class) {
            return "a string";
        }
        if (type == Boolean.class || type == boolean.class) {
            return "true or false";
        }
        if (type == Integer.class || type == int.class || type == Long.class || type == long.class) {
            return "an integer";
        }
        if (Number.class.isAssignableFrom(type)) {
            return "a number";
        }
        return Iterable.class.isAssignableFrom(type) ? "an array" : "an object";
    }
}
