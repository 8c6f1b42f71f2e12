package dev.offpeak.api.http;

import com.fasterxml.jackson.annotation.JsonProperty;
import dev.offpeak.api.problems.ProblemBody;
import dev.offpeak.shared.batches.BatchView;
import dev.offpeak.shared.batches.InvalidLine;
import dev.offpeak.shared.batches.ProviderBatchView;
import dev.offpeak.shared.jobs.JobView;
import io.swagger.v3.core.converter.ModelConverters;
import io.swagger.v3.oas.models.Components;
import io.swagger.v3.oas.models.OpenAPI;
import io.swagger.v3.oas.models.Operation;
import io.swagger.v3.oas.models.PathItem;
import io.swagger.v3.oas.models.info.Info;
import io.swagger.v3.oas.models.info.License;
import io.swagger.v3.oas.models.media.Content;
import io.swagger.v3.oas.models.media.MediaType;
import io.swagger.v3.oas.models.media.Schema;
import io.swagger.v3.oas.models.media.StringSchema;
import io.swagger.v3.oas.models.parameters.HeaderParameter;
import io.swagger.v3.oas.models.responses.ApiResponse;
import io.swagger.v3.oas.models.security.SecurityRequirement;
import io.swagger.v3.oas.models.security.SecurityScheme;
import io.swagger.v3.oas.models.servers.Server;
import java.lang.reflect.RecordComponent;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.springdoc.core.customizers.OpenApiCustomizer;
import org.springdoc.core.utils.SpringDocUtils;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import tools.jackson.databind.JsonNode;

/// What the API's description says of every call: who may, what is refused and how.
@Configuration(proxyBeanMethods = false)
@SuppressWarnings({"rawtypes", "unchecked"}) // because the library hands out raw schemas
class DescriptionConfiguration {

    private static final String KEY = "api_key";
    private static final String PROBLEM = "problem";

    /// Answers that show every field, null or not.
    private static final Set<String> ALWAYS_WHOLE = Set.of(
            "ApiKey",
            "BatchCost",
            "BatchCounts",
            "BatchLinks",
            "BatchTokens",
            "BatchView",
            "Cache",
            "Cost",
            "Estimate",
            "EstimateAlternative",
            "EstimateTokens",
            "Failure",
            "FieldError",
            "InvalidLine",
            "InvalidLines",
            "JobView",
            "LaneReason",
            "LedgerEntry",
            "LedgerTokens",
            "Line",
            "Links",
            "PageApiKey",
            "PageBatchView",
            "PageInvalidLine",
            "PageJobView",
            "PageLedgerEntry",
            "PageProviderBatchView",
            "PageTemplate",
            "PageTenant",
            "PageWorkflow",
            "ProviderBatchView",
            "Quota",
            "Received",
            "Report",
            "Residue",
            "Result",
            "Template",
            "Tenant",
            "Tokens",
            "Workflow",
            "WorkflowCacheView",
            "WorkflowContextView",
            "WorkflowFallbackView");

    private static final Set<String> SOMETIMES_ABSENT = Set.of("key", "result_omitted", "warnings");

    /// Answers that know nothing of this description; their code says what may be null.
    private static final List<Class<? extends Record>> PLAIN = List.of(
            BatchView.class,
            BatchView.BatchCost.class,
            InvalidLine.class,
            ProviderBatchView.class,
            ProviderBatchView.Quota.class,
            ProviderBatchView.Report.class,
            JobView.class,
            JobView.Result.class,
            JobView.Cache.class,
            JobView.Cost.class);

    private static final String NULL = "null";

    static {
        SpringDocUtils.getConfig().replaceWithSchema(JsonNode.class, new Schema<>().description("Any JSON"));
    }

    @Bean
    OpenAPI description() {
        return new OpenAPI()
                .info(new Info()
                        .title("Offpeak")
                        .version("1")
                        .description("Answers LLM requests that can wait, each in the cheapest way that still meets its"
                                + " deadline and its quality.")
                        .license(new License().name("Apache-2.0").identifier("Apache-2.0")))
                .servers(List.of(new Server().url("/").description("This server")))
                .security(List.of(new SecurityRequirement().addList(KEY)))
                .components(new Components()
                        .addSecuritySchemes(
                                KEY,
                                new SecurityScheme()
                                        .type(SecurityScheme.Type.HTTP)
                                        .scheme("bearer")
                                        .description("An API key: `Authorization: Bearer <key>`"))
                        .addResponses(PROBLEM, problem()));
    }

    private static ApiResponse problem() {
        return new ApiResponse()
                .description("Refused: see `code`, and `errors` for the fields")
                .content(new Content()
                        .addMediaType(
                                "application/problem+json",
                                new MediaType().schema(new Schema<>().$ref("#/components/schemas/Problem"))));
    }

    @Bean
    OpenApiCustomizer whatHoldsForEveryCall() {
        return description -> {
            ModelConverters.getInstance(true)
                    .readAll(ProblemBody.class)
                    .forEach(description.getComponents()::addSchemas);
            description.getPaths().values().forEach(DescriptionConfiguration::complete);
            description.getComponents().getSchemas().forEach(DescriptionConfiguration::complete);
        };
    }

    private static void complete(String name, Schema<?> schema) {
        Map<String, Schema> properties = schema.getProperties();
        if (properties == null) {
            return;
        }
        if (ALWAYS_WHOLE.contains(name)) {
            schema.setRequired(properties.keySet().stream()
                    .filter(property -> !SOMETIMES_ABSENT.contains(property))
                    .sorted()
                    .toList());
        }
        PLAIN.stream()
                .filter(type -> type.getSimpleName().equals(name))
                .flatMap(type -> Arrays.stream(type.getRecordComponents()))
                .filter(component -> component.getAnnotatedType().isAnnotationPresent(Nullable.class))
                .map(DescriptionConfiguration::wireName)
                .filter(property -> !SOMETIMES_ABSENT.contains(property))
                .forEach(property -> mayBeNull(Objects.requireNonNull(properties.get(property))));
        properties.replaceAll((_, property) -> property.get$ref() == null ? property : reference(property));
    }

    private static void mayBeNull(Schema<?> property) {
        var types = new LinkedHashSet<String>();
        if (property.getTypes() != null) {
            types.addAll(property.getTypes());
        }
        types.add(NULL);
        property.setTypes(types);
    }

    private static String wireName(RecordComponent component) {
        var name = component.getAccessor().getAnnotation(JsonProperty.class);
        return name == null ? component.getName() : name.value();
    }

    /// Beside a reference, `"type": "null"` would also have to hold.
    private static Schema<?> reference(Schema<?> property) {
        var types = property.getTypes();
        if (types == null || !types.contains(NULL)) {
            property.setTypes(null);
            return property;
        }
        return new Schema<>()
                .oneOf(List.of(new Schema<>().$ref(property.get$ref()), new Schema<>().types(Set.of(NULL))));
    }

    private static void complete(PathItem path) {
        path.readOperations()
                .forEach(operation ->
                        operation.getResponses().addApiResponse("default", new ApiResponse().$ref(PROBLEM)));
        Operation post = path.getPost();
        if (post != null) {
            post.addParametersItem(new HeaderParameter()
                    .name("Idempotency-Key")
                    .description("Makes the call safe to repeat: at most 255 printable characters, kept for 7 days.")
                    .schema(new StringSchema().maxLength(255)));
        }
    }
}
