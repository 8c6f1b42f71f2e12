package dev.offpeak.simulator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.openai.client.okhttp.OpenAIOkHttpClient;
import com.openai.models.chat.completions.ChatCompletionCreateParams;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SimulatorTest {
    @TempDir
    Path folder;

    @Test
    void countsOnAfterItWasKilled() throws Exception {
        String before;
        Path leftBehind = folder.resolve("killed");
        try (var simulator = Simulator.start(0, folder.resolve("first"))) {
            chat(simulator);
            before = stats(simulator);
            // What a kill leaves is the file as the operating system holds it at that moment.
            Files.createDirectories(leftBehind.resolve("simulator"));
            Files.copy(
                    folder.resolve("first/simulator/journal.ndjson"), leftBehind.resolve("simulator/journal.ndjson"));
        }

        try (var simulator = Simulator.start(0, leftBehind)) {
            assertThat(stats(simulator)).isEqualTo(before);
            chat(simulator);
            assertThat(stats(simulator)).contains("\"total\":2").contains("\"repeated\":1");
            assertThatThrownBy(() -> Simulator.start(0, leftBehind))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("another simulator uses the folder");
        }
    }

    @Test
    void readsItsSettingsFromTheEnvironment() {
        assertThat(Settings.from(Map.of("OFFPEAK_SIMULATOR_PORT", " ", "OFFPEAK_DATA_DIR", "")))
                .isEqualTo(new Settings("127.0.0.1", 8090, Path.of("data", "simulator")));
        assertThat(Settings.from(Map.of(
                        "OFFPEAK_SIMULATOR_PORT",
                        "9",
                        "OFFPEAK_DATA_DIR",
                        "/d",
                        "OFFPEAK_SIMULATOR_ADDRESS",
                        "0.0.0.0")))
                .isEqualTo(new Settings("0.0.0.0", 9, Path.of("/d/simulator")));
        assertThatThrownBy(() -> Settings.from(Map.of("OFFPEAK_SIMULATOR_PORT", "ninety")))
                .hasMessageContaining("OFFPEAK_SIMULATOR_PORT");
    }

    private static void chat(Simulator simulator) {
        var client = OpenAIOkHttpClient.builder()
                .baseUrl(simulator.openAiUrl())
                .apiKey("sk-test")
                .maxRetries(0)
                .build();
        client.chat()
                .completions()
                .create(ChatCompletionCreateParams.builder()
                        .model("gpt-4o-mini")
                        .addUserMessage("Survive this")
                        .build());
        client.close();
    }

    private static String stats(Simulator simulator) throws Exception {
        try (var http = HttpClient.newHttpClient()) {
            var request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + simulator.port() + "/_sim/stats"))
                    .build();
            return http.send(request, BodyHandlers.ofString()).body();
        }
    }
}
