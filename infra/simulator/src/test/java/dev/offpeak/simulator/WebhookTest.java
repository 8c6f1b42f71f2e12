package dev.offpeak.simulator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.openai.core.http.Headers;
import com.openai.errors.InvalidWebhookSignatureException;
import com.openai.models.webhooks.UnwrapWebhookEvent;
import com.openai.models.webhooks.WebhookVerificationParams;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// OpenAI's webhooks, verified by OpenAI's own client.
class WebhookTest {
    private static final String SECRET = "whsec_b2ZmcGVhay1zaW11bGF0b3Itd2ViaG9vaw==";

    private record Received(Map<String, List<String>> headers, String body) {
        String header(String name) {
            return headers.getOrDefault(name, List.of("")).getFirst();
        }
    }

    private final List<Received> received = new CopyOnWriteArrayList<>();
    private final List<Integer> answers = new CopyOnWriteArrayList<>();
    private RunningSimulator simulator;
    private OpenAiBatchWire wire;
    private HttpServer receiver;

    @BeforeEach
    void start() throws IOException {
        receiver = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        receiver.createContext("/hook", this::receive);
        receiver.start();
        simulator = RunningSimulator.fresh();
        wire = new OpenAiBatchWire(simulator);
        behave("\"seconds_to_complete\":0,\"webhook_retry_seconds\":0.05,\"webhook_url\":\"http://127.0.0.1:"
                + receiver.getAddress().getPort() + "/hook\"");
    }

    @AfterEach
    void stop() {
        receiver.stop(0);
    }

    @Test
    void signsAnEventThatHoldsAnIdOnly() {
        String id = wire.batch(OpenAiBatchWire.chats(1));

        UnwrapWebhookEvent event = unwrap(await(1).getFirst());

        assertThat(event.asBatchCompleted().data().id()).isEqualTo(id);
        assertThat(received.getFirst().body()).doesNotContain("output_file_id");
    }

    @Test
    void tellsHowABatchEnded() {
        wire.batch("nonsense");
        assertThat(unwrap(await(1).get(0)).isBatchFailed()).isTrue();
        behave("\"expire_after_seconds\":0.1");
        wire.batch(OpenAiBatchWire.chats(2));
        assertThat(unwrap(await(2).get(1)).isBatchExpired()).isTrue();
        behave("\"expire_after_seconds\":null,\"stall\":true");
        wire.send("POST", "/v1/batches/" + wire.batch(OpenAiBatchWire.chats(2)) + "/cancel", "");
        assertThat(unwrap(await(3).get(2)).isBatchCancelled()).isTrue();
    }

    @Test
    void triesAgainUnderTheSameIdUntilItIsTaken() {
        answers.addAll(List.of(500, 302, 404, 204));
        wire.batch(OpenAiBatchWire.chats(1));

        List<Received> tries = await(4);

        assertThat(tries)
                .extracting(one -> one.header("Webhook-id"))
                .containsOnly(tries.getFirst().header("Webhook-id"));
        assertThat(unwrap(tries.get(3)).isBatchCompleted()).isTrue();
    }

    @Test
    void doublesForgesAndAgesSignatures() {
        behave("\"webhook_duplicate_rate\":1,\"webhook_two_signatures\":true");
        wire.batch(OpenAiBatchWire.chats(1));
        List<Received> twice = await(2);
        assertThat(twice.get(0).header("Webhook-id")).isEqualTo(twice.get(1).header("Webhook-id"));
        assertThat(twice.get(0).header("Webhook-signature").split(" ", -1)).hasSize(2);
        assertThat(unwrap(twice.get(0)).isBatchCompleted()).isTrue();

        behave("\"webhook_duplicate_rate\":0,\"webhook_two_signatures\":false,\"webhook_bad_signature_rate\":1");
        wire.batch(OpenAiBatchWire.chats(1));
        Received forged = await(3).get(2);
        assertThatThrownBy(() -> unwrap(forged)).isInstanceOf(InvalidWebhookSignatureException.class);

        behave("\"webhook_bad_signature_rate\":0,\"webhook_stale\":true");
        wire.batch(OpenAiBatchWire.chats(1));
        Received stale = await(4).get(3);
        assertThatThrownBy(() -> unwrap(stale)).isInstanceOf(InvalidWebhookSignatureException.class);
    }

    @Test
    void neverComesWhereItIsLost() {
        behave("\"webhook_lost_rate\":1");
        wire.await(wire.batch(OpenAiBatchWire.chats(1)), "completed");
        behave("\"webhook_lost_rate\":0");

        String second = wire.batch(OpenAiBatchWire.chats(1));

        assertThat(unwrap(await(1).getFirst()).asBatchCompleted().data().id()).isEqualTo(second);
    }

    private List<Received> await(int count) {
        Awaitility.await().until(() -> received.size() >= count);
        return received;
    }

    private UnwrapWebhookEvent unwrap(Received one) {
        var headers = Headers.builder();
        one.headers().forEach((name, values) -> headers.put(name, values));
        return simulator
                .openAi()
                .webhooks()
                .unwrap(WebhookVerificationParams.builder()
                        .payload(one.body())
                        .headers(headers.build())
                        .secret(SECRET)
                        .build());
    }

    private void receive(HttpExchange exchange) throws IOException {
        try (exchange) {
            String body = new String(exchange.getRequestBody().readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);
            int status = received.size() < answers.size() ? answers.get(received.size()) : 200;
            received.add(new Received(Map.copyOf(exchange.getRequestHeaders()), body));
            exchange.sendResponseHeaders(status, -1);
        }
    }

    private void behave(String batch) {
        simulator.behave("{\"batch\":{" + batch + "}}");
    }
}
