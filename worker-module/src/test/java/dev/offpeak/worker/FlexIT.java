package dev.offpeak.worker;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.HttpServer;
import dev.offpeak.shared.core.IdGenerator;
import dev.offpeak.shared.core.JobId;
import dev.offpeak.shared.jobs.Deadline;
import dev.offpeak.shared.jobs.GenerationRequest;
import dev.offpeak.shared.jobs.JobSubmission;
import dev.offpeak.shared.jobs.JobType;
import dev.offpeak.shared.jobs.JobView;
import dev.offpeak.shared.jobs.LaneReason;
import dev.offpeak.shared.providers.ChatMessage;
import dev.offpeak.shared.providers.ResponseFormat;
import dev.offpeak.shared.workflows.CachePolicy;
import dev.offpeak.shared.workflows.ContextPolicy;
import dev.offpeak.shared.workflows.LaneRule;
import dev.offpeak.shared.workflows.Tier;
import dev.offpeak.shared.workflows.WorkflowDefinition;
import dev.offpeak.shared.workflows.WorkflowStore;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.Test;

/// A job on the flex tier, from its row to its receipt, through a whole worker.
class FlexIT {

    private static final String ANSWER = """
            {"id":"c1","object":"chat.completion","created":0,"model":"gpt-5-mini-2025-08-07",
             "choices":[{"index":0,"finish_reason":"stop","message":{"role":"assistant","content":"42"}}],
             "usage":{"prompt_tokens":1000,"completion_tokens":100,"total_tokens":1100},"service_tier":"%s"}""";

    private final Queue<String> bodies = new ConcurrentLinkedQueue<>();

    @Test
    void aJobThatIsInTimeOnTheFlexTierIsCalledOnItAndPaysItsPrice() throws IOException {
        JobView job = answeredAs("flex");

        assertThat(bodies).singleElement().asString().contains("\"service_tier\":\"flex\"");
        assertThat(job.cost().laneReasons())
                .extracting(LaneReason::code)
                .containsExactly("cheapest_in_time", "batch_too_slow");
        assertThat(job.cost().lines())
                .extracting(line -> line.kind() + " " + line.usd())
                .containsExactly("list 0.00045", "flex_discount -0.000225");
        assertThat(job.cost().billedUsd()).isEqualTo("0.000225");
        assertThat(job.cost().savedUsd()).isEqualTo("0.000225");
        assertThat(job.cost().last()).isTrue();
    }

    @Test
    void whatTheProviderServesAtTheListPriceAfterAllIsBilledAtIt() throws IOException {
        JobView job = answeredAs("default");

        assertThat(bodies).singleElement().asString().contains("\"service_tier\":\"flex\"");
        assertThat(job.cost().lines())
                .extracting(line -> line.kind() + " " + line.usd())
                .containsExactly("list 0.00045");
        assertThat(job.cost().billedUsd()).isEqualTo("0.00045");
    }

    private JobView answeredAs(String tier) throws IOException {
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/v1/chat/completions", exchange -> {
            bodies.add(new String(exchange.getRequestBody().readAllBytes(), UTF_8));
            byte[] answer = ANSWER.formatted(tier).getBytes(UTF_8);
            exchange.getResponseHeaders().add("Content-Type", "application/json");
            exchange.sendResponseHeaders(200, answer.length);
            try (var out = exchange.getResponseBody()) {
                out.write(answer);
            }
        });
        server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        server.start();
        try (var worker = RunningWorker.before(
                URI.create("http://127.0.0.1:" + server.getAddress().getPort() + "/v1"))) {
            JobId job = submit(worker);
            await().atMost(Duration.ofSeconds(60))
                    .until(() -> worker.status(job).equals("succeeded"));
            return worker.view(job);
        } finally {
            server.stop(0);
        }
    }

    /// Half an hour is too little for a provider batch, and enough for a flex call and a call after all.
    private static JobId submit(RunningWorker worker) {
        worker.context
                .getBean(WorkflowStore.class)
                .put(
                        worker.tenant(),
                        new WorkflowDefinition(
                                "patient",
                                Tier.FAST,
                                LaneRule.AUTO,
                                "openai",
                                "gpt-5-mini",
                                "gpt-5",
                                List.of(),
                                200,
                                null,
                                Duration.ofMinutes(15),
                                CachePolicy.DEFAULT,
                                ContextPolicy.DEFAULT,
                                null));
        var id = new JobId(worker.context.getBean(IdGenerator.class).next());
        worker.jobs.submit(new JobSubmission(
                id,
                worker.tenant(),
                JobType.GENERATION,
                "patient",
                1,
                Tier.FAST,
                new GenerationRequest(
                        List.of(new ChatMessage(ChatMessage.Role.USER, "What is six times seven?")),
                        null,
                        List.of(),
                        "auto",
                        "default",
                        null,
                        null,
                        null,
                        null,
                        new ResponseFormat.Text()),
                null,
                null,
                new Deadline.In(Duration.ofMinutes(30)),
                true,
                null,
                List.of(),
                Map.of()));
        return id;
    }
}
