package dev.offpeak.shared.prompts;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.offpeak.shared.prompts.InvalidTemplateParams.Fault;
import dev.offpeak.shared.prompts.TemplateParam.Type;
import dev.offpeak.shared.providers.ChatMessage;
import dev.offpeak.shared.providers.ChatMessage.Role;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import tools.jackson.core.type.TypeReference;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class TemplateRendererTest {

    private static final JsonMapper JSON = JsonMapper.builder().build();

    private final TemplateRenderer renderer = new TemplateRenderer();

    @Test
    void fillsTheGapsOnceAndNoMore() {
        var template = template(
                "Say {{ word }} to {{who}}.",
                "Be {{word}}.",
                Map.of("word", param(Type.STRING, true), "who", param(Type.STRING, false)));

        var rendered = renderer.render(template, values("{\"word\":\"{{who}} $1\"}"));

        assertThat(rendered.messages())
                .containsExactly(
                        new ChatMessage(Role.SYSTEM, "Be {{who}} $1."),
                        new ChatMessage(Role.USER, "Say {{who}} $1 to ."));
    }

    @Test
    void givesEqualValuesEqualText() {
        var template = template(
                "{{n}} {{q}} {{d}}",
                null,
                Map.of("n", param(Type.NUMBER, true), "q", param(Type.QUANTITY, true), "d", param(Type.DATE, true)));

        var one = renderer.render(
                template, values("{\"n\":1.50,\"q\":{\"value\":2.0,\"unit\":\"kg\"},\"d\":\"2026-11-21\"}"));
        var other = renderer.render(
                template, values("{\"d\":\"2026-11-21\",\"q\":{\"unit\":\"kg\",\"value\":2},\"n\":15e-1}"));

        assertThat(one).isEqualTo(other);
        assertThat(one.messages().getFirst().content()).isEqualTo("1.5 2 kg 2026-11-21");
    }

    @Test
    void namesEveryValueThatDoesNotFit() {
        var template = template(
                "{{a}}{{b}}{{c}}{{d}}{{e}}{{f}}",
                null,
                Map.of(
                        "a", param(Type.STRING, true),
                        "b", param(Type.INTEGER, true),
                        "c", param(Type.BOOLEAN, true),
                        "d", param(Type.DATE, true),
                        "e",
                                new TemplateParam(
                                        Type.ENUM,
                                        true,
                                        null,
                                        null,
                                        null,
                                        null,
                                        null,
                                        null,
                                        List.of("x", "y"),
                                        List.of()),
                        "f",
                                new TemplateParam(
                                        Type.NUMBER,
                                        true,
                                        null,
                                        null,
                                        null,
                                        null,
                                        BigDecimal.ONE,
                                        BigDecimal.TEN,
                                        List.of(),
                                        List.of())));

        var refused = catchThrowableOfType(
                InvalidTemplateParams.class,
                () -> renderer.render(
                        template,
                        values("{\"b\":1.5,\"c\":\"true\",\"d\":\"2026-02-30\",\"e\":\"z\",\"f\":11,\"g\":1}")));

        assertThat(refused.faults().stream().map(Fault::param))
                .containsExactlyInAnyOrder("a", "b", "c", "d", "e", "f", "g");
    }

    @Test
    void givesUpOnAPatternThatBacktracksForever() {
        var template = template(
                "{{a}}",
                null,
                Map.of(
                        "a",
                        new TemplateParam(
                                Type.STRING, true, null, null, null, "(a|aa)+", null, null, List.of(), List.of())));

        assertThat(catchThrowableOfType(
                        InvalidTemplateParams.class,
                        () -> renderer.render(template, values("{\"a\":\"" + "a".repeat(60) + "!\"}"))))
                .isNotNull();
        assertThat(renderer.render(template, values("{\"a\":\"aaa\"}")).messages())
                .hasSize(1);
    }

    @Test
    void seesAnUnfinishedPlaceholder() {
        assertThat(TemplateDefinition.malformed("a {{b}} c")).isFalse();
        assertThat(TemplateDefinition.malformed("a {{b c")).isTrue();
        assertThat(TemplateDefinition.placeholders("{{a}} {{ b }} {{a}}")).containsExactly("a", "b");
    }

    private static Template template(String text, @Nullable String system, Map<String, TemplateParam> params) {
        return new Template(new TemplateDefinition("t", text, system, params), 1, Instant.EPOCH);
    }

    private static TemplateParam param(Type type, boolean required) {
        return new TemplateParam(type, required, null, null, null, null, null, null, List.of(), List.of());
    }

    private static Map<String, JsonNode> values(String json) {
        return JSON.readValue(json, new TypeReference<Map<String, JsonNode>>() {});
    }
}
