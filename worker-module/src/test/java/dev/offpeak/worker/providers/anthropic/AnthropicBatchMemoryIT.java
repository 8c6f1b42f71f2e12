package dev.offpeak.worker.providers.anthropic;

import dev.offpeak.shared.providers.ProviderSettings;
import dev.offpeak.worker.providers.SmallHeap;
import java.net.URI;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AnthropicBatchMemoryIT {

    @TempDir
    private Path folder;

    @Test
    void sendsAndReadsABatchThatIsLargerThanTheHeap() throws Exception {
        SmallHeap.proves(
                AnthropicBatchMemoryIT.class,
                folder,
                "{\"id\":\"b_1\",\"processing_status\":\"in_progress\",\"created_at\":\"2026-11-21T11:00:00Z\"}",
                """
                {"custom_id":"r-1","result":{"type":"succeeded","message":{"id":"m","type":"message","role":"assistant",\
                "model":"claude-haiku-4-5","content":[{"type":"text","text":"%s"}],"stop_reason":"end_turn",\
                "usage":{"input_tokens":1,"output_tokens":1}}}}""");
    }

    @SuppressWarnings("TimeZoneUsage") // because there is no Spring here to give one clock to all
    public static void main(String[] arguments) throws InterruptedException {
        var settings = new ProviderSettings(
                new ProviderSettings.Account(null, null),
                new ProviderSettings.Account("sk-test", URI.create(arguments[0])),
                null,
                Duration.ofMinutes(5),
                Duration.ofSeconds(30));
        SmallHeap.work(AnthropicConfiguration.batches(settings, Clock.systemUTC()), Path.of(arguments[1]));
        System.exit(0); // its connections would keep it alive for a while
    }
}
