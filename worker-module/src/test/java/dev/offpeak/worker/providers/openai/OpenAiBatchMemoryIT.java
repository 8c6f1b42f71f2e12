package dev.offpeak.worker.providers.openai;

import dev.offpeak.shared.providers.ProviderSettings;
import dev.offpeak.worker.providers.SmallHeap;
import java.net.URI;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OpenAiBatchMemoryIT {

    @TempDir
    private Path folder;

    @Test
    void uploadsAndReadsABatchThatIsLargerThanTheHeap() throws Exception {
        SmallHeap.proves(OpenAiBatchMemoryIT.class, folder, "{\"id\":\"file-in\",\"object\":\"file\"}", """
                {"custom_id":"r-1","response":{"status_code":200,"body":{"id":"c","object":"chat.completion","created":1,\
                "model":"gpt-4o-mini","choices":[{"index":0,"finish_reason":"stop",\
                "message":{"role":"assistant","content":"%s"}}],\
                "usage":{"prompt_tokens":1,"completion_tokens":1,"total_tokens":2}}}}""");
    }

    @SuppressWarnings("TimeZoneUsage") // because there is no Spring here to give one clock to all
    public static void main(String[] arguments) throws InterruptedException {
        var settings = new ProviderSettings(
                new ProviderSettings.Account("sk-test", URI.create(arguments[0] + "/v1")),
                new ProviderSettings.Account(null, null),
                null,
                Duration.ofMinutes(5),
                Duration.ofSeconds(30));
        SmallHeap.work(OpenAiConfiguration.batches(settings, Clock.systemUTC()), Path.of(arguments[1]));
        System.exit(0); // its connections would keep it alive for a while
    }
}
