package dev.offpeak.api.workflows;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import dev.offpeak.shared.prompts.Template;
import dev.offpeak.shared.prompts.TemplateParam;
import io.swagger.v3.oas.annotations.media.Schema;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

@Schema(name = "Template")
record TemplateView(
        @Schema(example = "pd-v1") String name,
        @Schema(allowableValues = "template") String object,
        int version,
        String text,
        @Schema(nullable = true) @Nullable String system,
        Map<String, Param> params,
        @JsonProperty("created_at") Instant createdAt) {

    @Schema(name = "TemplateParamView")
    @JsonInclude(JsonInclude.Include.NON_EMPTY)
    record Param(
            @Schema(allowableValues = {"string", "number", "integer", "boolean", "enum", "date", "quantity"})
            String type,

            boolean required,
            @Nullable String description,
            @JsonProperty("min_length") @Nullable Integer minLength,
            @JsonProperty("max_length") @Nullable Integer maxLength,
            @Nullable String pattern,
            @Nullable BigDecimal min,
            @Nullable BigDecimal max,
            List<String> values,
            List<String> units) {

        static Param of(TemplateParam param) {
            return new Param(
                    param.type().wire(),
                    param.required(),
                    param.description(),
                    param.minLength(),
                    param.maxLength(),
                    param.pattern(),
                    param.min(),
                    param.max(),
                    param.values(),
                    param.units());
        }
    }

    static TemplateView of(Template template) {
        var definition = template.definition();
        var params = new TreeMap<String, Param>();
        definition.params().forEach((name, param) -> params.put(name, Param.of(param)));
        return new TemplateView(
                template.name(),
                "template",
                template.version(),
                definition.text(),
                definition.system(),
                params,
                template.createdAt());
    }
}
