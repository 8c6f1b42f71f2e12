package dev.offpeak.worker.providers;

import static com.github.tomakehurst.wiremock.client.WireMock.aResponse;
import static com.github.tomakehurst.wiremock.client.WireMock.post;
import static com.github.tomakehurst.wiremock.client.WireMock.postRequestedFor;
import static com.github.tomakehurst.wiremock.client.WireMock.urlEqualTo;
import static com.github.tomakehurst.wiremock.core.WireMockConfiguration.options;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.github.tomakehurst.wiremock.WireMockServer;
import com.github.tomakehurst.wiremock.client.ResponseDefinitionBuilder;
import com.github.tomakehurst.wiremock.http.Fault;
import com.github.tomakehurst.wiremock.verification.LoggedRequest;
import dev.offpeak.shared.core.CallId;
import dev.offpeak.shared.providers.ChatMessage;
import dev.offpeak.shared.providers.Completion;
import dev.offpeak.shared.providers.Completion.FinishReason;
import dev.offpeak.shared.providers.CompletionRequest;
import dev.offpeak.shared.providers.Provider;
import dev.offpeak.shared.providers.ProviderAnswer;
import dev.offpeak.shared.providers.ProviderError;
import dev.offpeak.shared.providers.ProviderSettings;
import dev.offpeak.shared.providers.ResponseFormat;
import dev.offpeak.shared.providers.Usage;
import java.io.IOException;
import java.math.BigDecimal;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/// What every adapter to a provider keeps, whatever its vendor's SDK does.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
public abstract class ProviderContract {

    protected static final String KEY = "sk-secret-0123456789abcdef";
    protected static final Clock NOON = Clock.fixed(Instant.parse("2026-11-21T12:00:00Z"), ZoneOffset.UTC);
    protected static final CallId CALL = new CallId(UUID.fromString("0193a5c0-0000-7000-8000-000000000001"));
    /// For calls that are to end by something else than their time-out.
    private static final Duration PATIENCE = Duration.ofMinutes(2);

    protected static final String PROMPT = "Which planet of the solar system has the most moons?";

    protected final WireMockServer server =
            new WireMockServer(options().bindAddress("127.0.0.1").dynamicPort());

    /// The adapter as production makes it.
    protected abstract Provider provider(ProviderSettings settings);

    /// The settings of one provider at an address.
    protected abstract ProviderSettings settings(@Nullable String key, URI baseUrl, Duration connectTimeout);

    protected abstract URI baseUrl(int port);

    protected abstract String path();

    protected abstract String model();

    /// A whole answer of the vendor with 12 prompt tokens, none of them cached, and 5 output tokens.
    protected abstract String answered(String text, FinishReason reason);

    /// The same with 100 prompt tokens, 60 of them read from the prompt cache.
    protected abstract String answeredFromPromptCache();

    protected abstract String refused(String code, String message);

    @BeforeAll
    void startServer() {
        server.start();
    }

    @AfterAll
    void stopServer() {
        server.stop();
    }

    @AfterEach
    void resetServer() {
        server.resetAll();
    }

    @Test
    void returnsTheAnswerWithItsUsageModelAndRequestId() throws Exception {
        answers(json(200, answered("Saturn.", FinishReason.STOP))
                .withHeader("x-request-id", "req_1")
                .withHeader("request-id", "req_1"));

        Completion completion = completed();

        assertThat(completion.text()).isEqualTo("Saturn.");
        assertThat(completion.finishReason()).isEqualTo(FinishReason.STOP);
        assertThat(completion.usage()).isEqualTo(Usage.of(12, 5));
        assertThat(completion.model()).startsWith(model());
        assertThat(completion.requestId()).isEqualTo("req_1");
    }

    @Test
    void sendsTheCallIdAndThePromptExactlyOnce() throws Exception {
        answers(json(200, answered("Saturn.", FinishReason.STOP)));

        completed();

        LoggedRequest sent = onlyRequest();
        assertThat(sent.getHeader("X-Client-Request-Id")).isEqualTo(CALL.toString());
        assertThat(sent.getBodyAsString()).containsOnlyOnce(PROMPT).containsOnlyOnce("\"Be brief.\"");
    }

    @ParameterizedTest
    @EnumSource
    void saysWhyTheModelStopped(FinishReason reason) throws Exception {
        answers(json(200, answered(reason == FinishReason.STOP ? "Saturn." : "", reason)));

        assertThat(completed().finishReason()).isEqualTo(reason);
    }

    @Test
    void returnsAnEmptyAnswerAsItIs() throws Exception {
        answers(json(200, answered("", FinishReason.STOP)));

        Completion completion = completed();

        assertThat(completion.text()).isEmpty();
        assertThat(completion.usage()).isEqualTo(Usage.of(12, 5));
    }

    @Test
    void countsCachedTokensAsPartOfThePrompt() throws Exception {
        answers(json(200, answeredFromPromptCache()));

        assertThat(completed().usage()).isEqualTo(new Usage(100, 60, 0, 0, 5));
    }

    @ParameterizedTest
    @CsvSource({
        "400,Rejected",
        "401,Unauthenticated",
        "403,Unauthenticated",
        "404,Rejected",
        "408,Unavailable",
        "409,Unavailable",
        "413,Rejected",
        "422,Rejected",
        "429,RateLimited",
        "500,Unavailable",
        "502,Unavailable",
        "503,Unavailable",
        "504,TimedOut",
        "520,Unavailable",
        "529,Overloaded",
        "302,Rejected"
    })
    void turnsEachStatusIntoOneErrorWithoutAskingAgain(int status, String error) throws Exception {
        answers(json(status, refused("some_code", "It did not work.")));

        ProviderError failed = failed();

        assertThat(failed.getClass().getSimpleName()).isEqualTo(error);
        assertThat(failed.detail()).contains(String.valueOf(status), "some_code", "It did not work.");
        assertThat(failed.mayHaveRun()).isEqualTo(error.equals("TimedOut"));
        onlyRequest();
    }

    @Test
    void namesTheVendorsCodeOfARejectedRequest() throws Exception {
        answers(json(400, refused("context_too_long", "Too long.")));

        assertThat(failed())
                .isInstanceOfSatisfying(
                        ProviderError.Rejected.class,
                        rejected -> assertThat(rejected.vendorCode()).isEqualTo("context_too_long"));
    }

    @ParameterizedTest
    @ValueSource(ints = {400, 429, 502})
    void takesAnErrorThatIsNotJson(int status) throws Exception {
        answers(aResponse()
                .withStatus(status)
                .withHeader("Content-Type", "text/html")
                .withBody("<html>Bad</html>"));

        ProviderError failed = failed();

        assertThat(failed.detail()).contains("http_" + status);
        onlyRequest();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "Retry-After-Ms | 250                           | PT0.25S",
                "Retry-After    | 7                             | PT7S",
                "Retry-After    | 1.5                           | PT1.5S",
                "Retry-After    | Sat, 21 Nov 2026 12:00:30 GMT | PT30S",
                "Retry-After    | Sat, 21 Nov 2026 11:59:00 GMT | PT0S",
                "Retry-After    | 99999999999999999999          | PT24H",
                "Retry-After    | soon                          | ",
                "X-Other        | 7                             | ",
            })
    void passesOnHowLongTheProviderAsksUsToWait(String header, String value, @Nullable Duration wait) throws Exception {
        for (int status : List.of(429, 529)) {
            answers(json(status, refused("slow_down", "Slow down.")).withHeader(header, value));

            ProviderError failed = failed();

            assertThat(retryAfter(failed)).isEqualTo(Optional.ofNullable(wait));
        }
    }

    @Test
    void takesABusyProviderThatNamesATimeForOverloaded() throws Exception {
        answers(json(503, refused("busy", "Busy.")).withHeader("Retry-After", "3"));

        assertThat(failed())
                .isInstanceOfSatisfying(
                        ProviderError.Overloaded.class,
                        busy -> assertThat(busy.retryAfter()).contains(Duration.ofSeconds(3)));
        onlyRequest();
    }

    /// okhttp itself would ask again at once.
    @Test
    void doesNotAskAgainWhereABusyProviderAllowsItAtOnce() throws Exception {
        answers(json(503, refused("busy", "Busy.")).withHeader("Retry-After", "0"));

        assertThat(failed())
                .isInstanceOfSatisfying(
                        ProviderError.Overloaded.class,
                        busy -> assertThat(busy.retryAfter()).contains(Duration.ZERO));
        onlyRequest();
    }

    @Test
    void timesOutWhereNoAnswerComes() throws Exception {
        answers(json(200, answered("late", FinishReason.STOP)).withFixedDelay(5_000));

        ProviderError failed = failed(Duration.ofSeconds(1));

        assertThat(failed).isInstanceOf(ProviderError.TimedOut.class);
        assertThat(failed.mayHaveRun()).isTrue();
        onlyRequest();
    }

    @Test
    void timesOutWhereTheAnswerTricklesInTooSlowly() throws Exception {
        answers(json(200, answered("slow", FinishReason.STOP)).withChunkedDribbleDelay(20, 10_000));

        assertThat(failed(Duration.ofSeconds(1))).isInstanceOf(ProviderError.TimedOut.class);
        onlyRequest();
    }

    @ParameterizedTest
    @EnumSource(names = {"EMPTY_RESPONSE", "CONNECTION_RESET_BY_PEER", "MALFORMED_RESPONSE_CHUNK"})
    void leavesOpenWhetherTheRequestRanWhereTheConnectionBreaks(Fault fault) throws Exception {
        answers(aResponse().withStatus(200).withFault(fault));

        ProviderError failed = failed();

        assertThat(failed).isInstanceOf(ProviderError.TimedOut.class);
        assertThat(failed.mayHaveRun()).isTrue();
        onlyRequest();
    }

    @Test
    void leavesOpenWhetherTheRequestRanWhereTheBodyIsCutOff() throws Exception {
        String body = answered("Saturn.", FinishReason.STOP);
        try (var peer = new Peer(socket -> {
            readHead(socket);
            socket.getOutputStream()
                    .write(("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 9999\r\n\r\n"
                                    + body.substring(0, body.length() / 2))
                            .getBytes(StandardCharsets.UTF_8));
        })) {
            assertThat(failed(provider(at(peer.port())), PATIENCE)).isInstanceOf(ProviderError.TimedOut.class);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "{", "[]", "\"text\"", "{\"a\":1}", "<html>Welcome</html>", "null"})
    void takesASuccessThatCannotBeReadForMalformed(String body) throws Exception {
        answers(aResponse()
                .withStatus(200)
                .withHeader("Content-Type", "text/html")
                .withBody(body));

        ProviderError failed = failed();

        assertThat(failed).isInstanceOf(ProviderError.Malformed.class);
        assertThat(failed.mayHaveRun()).isTrue();
        onlyRequest();
    }

    @Test
    void knowsThatNothingRanWhereNobodyListens() throws Exception {
        try (var taken = new Socket()) {
            taken.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0)); // and does not listen

            ProviderError failed = failed(provider(at(taken.getLocalPort())), PATIENCE);

            assertThat(failed).isInstanceOf(ProviderError.Unavailable.class);
            assertThat(failed.mayHaveRun()).isFalse();
        }
    }

    @Test
    void knowsThatNothingRanWhereTheHostIsUnknown() throws Exception {
        var settings = settings(KEY, URI.create("http://no-such-host.invalid"), Duration.ofSeconds(1));

        assertThat(failed(provider(settings), PATIENCE)).isInstanceOf(ProviderError.Unavailable.class);
    }

    @Test
    void knowsThatNothingRanWhereNoConnectionComesAbout() throws Exception {
        try (var full = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            List<Socket> waiting = fillUp(full);

            ProviderError failed =
                    failed(provider(settings(KEY, baseUrl(full.getLocalPort()), Duration.ofMillis(150))), PATIENCE);

            assertThat(failed).isInstanceOf(ProviderError.Unavailable.class);
            for (Socket socket : waiting) {
                socket.close();
            }
        }
    }

    @Test
    void stopsLongBeforeItsTimeOutWhenInterruptedAndCutsTheCallOff() throws Exception {
        var arrived = new CountDownLatch(1);
        var cutOff = new CountDownLatch(1);
        try (var peer = new Peer(socket -> {
            readHead(socket);
            arrived.countDown();
            while (socket.getInputStream().read() >= 0) {
                // what is left of the request
            }
            cutOff.countDown();
        })) {
            var ended = new CompletableFuture<Throwable>();
            Provider provider = provider(at(peer.port()));
            Thread caller = Thread.ofPlatform().start(() -> {
                try {
                    provider.complete(request(Duration.ofMinutes(10)));
                    ended.complete(new AssertionError("no interrupt"));
                } catch (Throwable thrown) {
                    ended.complete(thrown);
                }
            });
            assertThat(arrived.await(2, TimeUnit.MINUTES)).isTrue();

            caller.interrupt();

            assertThat(ended.get(2, TimeUnit.MINUTES)).isInstanceOf(InterruptedException.class);
            assertThat(cutOff.await(2, TimeUnit.MINUTES)).isTrue();
        }
    }

    @Test
    void keepsTheKeyAndThePromptOutOfErrors() throws Exception {
        for (int status : List.of(400, 401, 429, 500)) {
            answers(json(
                    status,
                    refused(
                            "bad",
                            "Incorrect API key provided: " + KEY + " (sk-proj-abc***xyz); you said: " + PROMPT)));

            assertThat(failed().toString())
                    .contains("Incorrect API key provided")
                    .doesNotContain("secret", "sk-", "xyz", "planet", "moons");
        }
    }

    @Test
    void keepsAVendorsMessageShort() throws Exception {
        answers(json(400, refused("bad", "word ".repeat(10_000))));

        assertThat(failed().detail()).hasSizeLessThanOrEqualTo(300);
    }

    @Test
    void worksWithoutAKey() throws Exception {
        answers(json(200, answered("Saturn.", FinishReason.STOP)));

        assertThat(completed(provider(settings(null, baseUrl(server.port()), PATIENCE)))
                        .text())
                .isEqualTo("Saturn.");
    }

    @Test
    void standsAHundredCallsAtOnce() throws Exception {
        answers(json(200, answered("Saturn.", FinishReason.STOP)).withFixedDelay(100));
        Provider provider = provider(settings(KEY, baseUrl(server.port()), PATIENCE));
        var calls = new ArrayList<CompletableFuture<ProviderAnswer>>();
        for (int call = 0; call < 100; call++) {
            var answer = new CompletableFuture<ProviderAnswer>();
            calls.add(answer);
            Thread.ofVirtual().start(() -> {
                try {
                    answer.complete(provider.complete(request(PATIENCE)));
                } catch (Throwable thrown) {
                    answer.completeExceptionally(thrown);
                }
            });
        }

        for (var call : calls) {
            assertThat(call.get(3, TimeUnit.MINUTES)).isInstanceOf(ProviderAnswer.Answered.class);
        }
        assertThat(server.getAllServeEvents()).hasSize(100);
    }

    @Test
    void refusesASchemaThatIsNotJsonBeforeItSendsAnything() {
        var request = request(model(), null, new ResponseFormat.JsonSchema("planet", "{", true));

        assertThatThrownBy(() -> provider(at(server.port())).complete(request))
                .isInstanceOf(IllegalArgumentException.class);
        assertThat(server.getAllServeEvents()).isEmpty();
    }

    protected final void answers(ResponseDefinitionBuilder response) {
        server.resetAll();
        server.stubFor(post(urlEqualTo(path())).willReturn(response));
    }

    protected static ResponseDefinitionBuilder json(int status, String body) {
        return aResponse()
                .withStatus(status)
                .withHeader("Content-Type", "application/json")
                .withBody(body);
    }

    protected final LoggedRequest onlyRequest() {
        await().untilAsserted(() -> server.verify(1, postRequestedFor(urlEqualTo(path()))));
        assertThat(server.getAllServeEvents()).hasSize(1);
        return server.getAllServeEvents().getFirst().getRequest();
    }

    protected final ProviderSettings at(int port) {
        return settings(KEY, baseUrl(port), Duration.ofSeconds(30));
    }

    protected final Completion completed() throws InterruptedException {
        return completed(provider(at(server.port())));
    }

    protected final Completion completed(Provider provider) throws InterruptedException {
        return completed(provider, request(PATIENCE));
    }

    protected final Completion completed(Provider provider, CompletionRequest request) throws InterruptedException {
        ProviderAnswer answer = provider.complete(request);
        assertThat(answer).isInstanceOf(ProviderAnswer.Answered.class);
        return ((ProviderAnswer.Answered) answer).completion();
    }

    protected final ProviderError failed() throws InterruptedException {
        return failed(PATIENCE);
    }

    private ProviderError failed(Duration timeout) throws InterruptedException {
        return failed(provider(at(server.port())), timeout);
    }

    private ProviderError failed(Provider provider, Duration timeout) throws InterruptedException {
        ProviderAnswer answer = provider.complete(request(timeout));
        assertThat(answer).isInstanceOf(ProviderAnswer.Failed.class);
        return ((ProviderAnswer.Failed) answer).error();
    }

    private CompletionRequest request(Duration timeout) {
        return new CompletionRequest(CALL, model(), conversation(), 64, null, new ResponseFormat.Text(), timeout);
    }

    protected final CompletionRequest request(
            String model, @Nullable BigDecimal temperature, ResponseFormat responseFormat) {
        return new CompletionRequest(CALL, model, conversation(), 64, temperature, responseFormat, PATIENCE);
    }

    private static List<ChatMessage> conversation() {
        return List.of(
                new ChatMessage(ChatMessage.Role.SYSTEM, "Be brief."), new ChatMessage(ChatMessage.Role.USER, PROMPT));
    }

    private static Optional<Duration> retryAfter(ProviderError error) {
        return switch (error) {
            case ProviderError.RateLimited limited -> limited.retryAfter();
            case ProviderError.Overloaded busy -> busy.retryAfter();
            default -> throw new AssertionError(error);
        };
    }

    private static void readHead(Socket socket) throws IOException {
        assertThat(socket.getInputStream().read()).isNotNegative();
    }

    /// Connects until the backlog is full, so that the next connection hangs.
    private static List<Socket> fillUp(ServerSocket server) throws IOException {
        var sockets = new ArrayList<Socket>();
        for (int i = 0; i < 8; i++) {
            var socket = new Socket();
            try {
                socket.connect(server.getLocalSocketAddress(), 100);
                sockets.add(socket);
            } catch (SocketTimeoutException full) {
                socket.close();
                return sockets;
            }
        }
        return sockets;
    }

    /// A peer below HTTP: does with its one connection what it was told, then closes it.
    private static final class Peer implements AutoCloseable {

        private final ServerSocket listening = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());

        Peer(Behaviour behaviour) throws IOException {
            Thread.ofVirtual().start(() -> {
                try (Socket socket = listening.accept()) {
                    behaviour.with(socket);
                } catch (IOException _) {
                    // the test is over
                }
            });
        }

        int port() {
            return listening.getLocalPort();
        }

        @Override
        public void close() throws IOException {
            listening.close();
        }
    }

    @FunctionalInterface
    private interface Behaviour {
        void with(Socket socket) throws IOException;
    }
}
