package dev.offpeak.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OpenApiDocumentTest {

    @TempDir
    private Path folder;

    @Test
    void saysSoWhereThereIsNoDocument() {
        assertThatExceptionOfType(UsageError.class)
                .isThrownBy(() -> OpenApiDocument.read(folder.resolve("openapi.json")))
                .withMessageContaining("there is no OpenAPI document")
                .withMessageContaining("Nothing was checked");
    }

    @Test
    void followsReferencesBetweenSchemas() throws IOException {
        Path file = Files.writeString(folder.resolve("openapi.json"), """
                {"openapi":"3.1.0","info":{"title":"Tiny","version":"1"},"paths":{},"components":{"schemas":{
                  "Answer":{"type":"object","required":["usage"],"properties":{"usage":{"$ref":"#/components/schemas/Usage"}}},
                  "Usage":{"type":"object","required":["tokens"],"properties":{"tokens":{"type":"integer"}}}}}}""");

        OpenApiDocument document = OpenApiDocument.read(file);

        assertThat(document.title()).isEqualTo("Tiny 1");
        assertThat(document.complaints("Answer", Json.parse("{\"usage\":{\"tokens\":1}}")))
                .isEmpty();
        assertThat(document.complaints("Answer", Json.parse("{\"usage\":{\"tokens\":\"one\"}}")))
                .singleElement()
                .asString()
                .contains("/usage/tokens");
    }
}
