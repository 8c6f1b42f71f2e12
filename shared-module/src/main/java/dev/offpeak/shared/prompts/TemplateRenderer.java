package dev.offpeak.shared.prompts;

import dev.offpeak.shared.prompts.InvalidTemplateParams.Fault;
import dev.offpeak.shared.providers.ChatMessage;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.cfg.JsonNodeFeature;
import tools.jackson.databind.json.JsonMapper;

/// Fills a template's gaps with values that fit their types.
public final class TemplateRenderer {

    private final JsonMapper canonical = JsonMapper.builder()
            .enable(SerializationFeature.ORDER_MAP_ENTRIES_BY_KEYS)
            .enable(JsonNodeFeature.WRITE_PROPERTIES_SORTED)
            .build();

    /// @param values by parameter; an optional one may be missing or null and then leaves its gap empty
    /// @throws InvalidTemplateParams where values do not fit, are missing or unknown
    public RenderedPrompt render(Template template, Map<String, JsonNode> values) {
        var definition = template.definition();
        var faults = new ArrayList<Fault>();
        var texts = new TreeMap<String, String>();
        var kept = new TreeMap<String, JsonNode>();
        values.keySet().stream()
                .filter(name -> !definition.params().containsKey(name))
                .forEach(name -> faults.add(new Fault(name, "is not a parameter of this template")));
        definition.params().forEach((name, param) -> {
            JsonNode value = values.get(name);
            if (value == null || value.isNull()) {
                if (param.required()) {
                    faults.add(new Fault(name, "is required"));
                }
                texts.put(name, "");
                return;
            }
            switch (ParamValue.of(param, value)) {
                case ParamValue.Fits fits -> {
                    texts.put(name, fits.text());
                    kept.put(name, fits.canonical());
                }
                case ParamValue.Misfit misfit -> faults.add(new Fault(name, misfit.message()));
            }
        });
        if (!faults.isEmpty()) {
            throw new InvalidTemplateParams(faults);
        }
        return new RenderedPrompt(messages(definition, texts), canonical.writeValueAsString(kept));
    }

    private static List<ChatMessage> messages(TemplateDefinition definition, Map<String, String> texts) {
        var messages = new ArrayList<ChatMessage>();
        @Nullable String system = definition.system();
        if (system != null) {
            messages.add(new ChatMessage(ChatMessage.Role.SYSTEM, fill(system, texts)));
        }
        messages.add(new ChatMessage(ChatMessage.Role.USER, fill(definition.text(), texts)));
        return messages;
    }

    /// One pass: a value that looks like a placeholder stays what it is.
    private static String fill(String text, Map<String, String> texts) {
        return TemplateDefinition.PLACEHOLDER
                .matcher(text)
                .replaceAll(gap -> Matcher.quoteReplacement(texts.getOrDefault(gap.group(1), "")));
    }
}
