package dev.offpeak.api;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.springframework.boot.test.web.server.LocalServerPort;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// The description in the repository is the one that the API gives. To write it anew after a change:
/// `mvn verify -pl api-module -am -Dit.test=DescriptionIT -Doffpeak.update-docs=true`.
@RunningApi
class DescriptionIT {

    private static final Path COMMITTED = Path.of("..", "docs", "openapi.json");
    private static final JsonMapper JSON = JsonMapper.builder().build();

    @LocalServerPort
    private int port;

    @Test
    void isTheCommittedOne() throws IOException {
        var given = new Client(port, "").get("/v1/openapi.json");
        assertThat(given.status()).isEqualTo(200);
        if (Boolean.getBoolean("offpeak.update-docs")) {
            Files.writeString(COMMITTED, given.text() + "\n");
        }

        assertThat(given.json())
                .as("docs/openapi.json; -Doffpeak.update-docs=true writes it anew")
                .isEqualTo(JSON.readTree(Files.readString(COMMITTED)));
    }

    @Test
    void describesEveryCallWithItsProblems() {
        var description = new Client(port, "").get("/v1/openapi.json").json();

        assertThat(description.path("openapi").asString()).startsWith("3.1");
        assertThat(description
                        .path("components")
                        .path("schemas")
                        .path("Problem")
                        .path("properties")
                        .propertyNames())
                .contains("code", "request_id");
        assertThat(description.path("paths").propertyNames())
                .contains("/v1/jobs", "/v1/jobs/{id}", "/v1/jobs/{id}/cancel", "/v1/workflows/{name}", "/v1/ledger");
        description
                .path("paths")
                .forEach(path -> path.forEach(operation -> assertThat(
                                operation.path("responses").path("default").isMissingNode())
                        .isFalse()));
    }

    @Test
    void saysWhatMayBeNull() {
        var schemas = new Client(port, "")
                .get("/v1/openapi.json")
                .json()
                .path("components")
                .path("schemas");
        var job = schemas.path("JobView").path("properties");

        for (String name : List.of("result", "late_result", "error")) {
            assertThat(job.path(name).path("$ref").isMissingNode()).as(name).isTrue();
            assertThat(job.path(name).path("oneOf").valueStream().map(JsonNode::toString))
                    .as(name)
                    .hasSize(2)
                    .contains("{\"type\":\"null\"}");
        }
        assertThat(job.path("cache").toString()).isEqualTo("{\"$ref\":\"#/components/schemas/Cache\"}");
        assertThat(job.path("wait_reason").path("type").toString()).isEqualTo("[\"string\",\"null\"]");
        assertThat(job.path("status").path("type").toString()).isEqualTo("\"string\"");
        for (String name : List.of("ours", "said")) {
            assertThat(schemas.path("Report").path("properties").path(name).toString())
                    .as("what a provider may say nothing of")
                    .isEqualTo(
                            name.equals("ours")
                                    ? "{\"$ref\":\"#/components/schemas/BatchTokens\"}"
                                    : "{\"oneOf\":[{\"$ref\":\"#/components/schemas/BatchTokens\"},{\"type\":\"null\"}]}");
        }
        assertThat(schemas.path("Report").path("required").valueStream().map(JsonNode::asString))
                .contains("ours", "said");
        assertThat(schemas.path("BatchView")
                        .path("properties")
                        .path("at_risk")
                        .path("oneOf")
                        .toString())
                .contains("LaneReason", "null");
        assertThat(schemas.path("Cost")
                        .path("properties")
                        .path("billed_usd")
                        .path("type")
                        .toString())
                .isEqualTo("[\"string\",\"null\"]");
    }

    @Test
    void canBeBrowsed() {
        var page = new Client(port, "").get("/docs");

        assertThat(page.status()).isEqualTo(302);
        var ui = new Client(port, "").get(page.header("Location").orElseThrow());
        assertThat(ui.status()).isEqualTo(200);
        assertThat(ui.text()).contains("swagger-ui").doesNotContain("https://");
    }
}
