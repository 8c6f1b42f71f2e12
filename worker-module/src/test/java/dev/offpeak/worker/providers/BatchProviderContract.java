package dev.offpeak.worker.providers;

import static com.github.tomakehurst.wiremock.client.WireMock.aResponse;
import static com.github.tomakehurst.wiremock.client.WireMock.absent;
import static com.github.tomakehurst.wiremock.client.WireMock.any;
import static com.github.tomakehurst.wiremock.client.WireMock.anyUrl;
import static com.github.tomakehurst.wiremock.client.WireMock.equalTo;
import static com.github.tomakehurst.wiremock.client.WireMock.get;
import static com.github.tomakehurst.wiremock.client.WireMock.post;
import static com.github.tomakehurst.wiremock.client.WireMock.postRequestedFor;
import static com.github.tomakehurst.wiremock.client.WireMock.urlEqualTo;
import static com.github.tomakehurst.wiremock.client.WireMock.urlPathEqualTo;
import static com.github.tomakehurst.wiremock.core.WireMockConfiguration.options;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.github.tomakehurst.wiremock.WireMockServer;
import com.github.tomakehurst.wiremock.client.MappingBuilder;
import com.github.tomakehurst.wiremock.client.ResponseDefinitionBuilder;
import com.github.tomakehurst.wiremock.http.Fault;
import dev.offpeak.shared.core.CallId;
import dev.offpeak.shared.providers.BatchCreation;
import dev.offpeak.shared.providers.BatchExchange;
import dev.offpeak.shared.providers.BatchInput;
import dev.offpeak.shared.providers.BatchLine;
import dev.offpeak.shared.providers.BatchProvider;
import dev.offpeak.shared.providers.ChatMessage;
import dev.offpeak.shared.providers.Completion.FinishReason;
import dev.offpeak.shared.providers.CompletionRequest;
import dev.offpeak.shared.providers.LineResult;
import dev.offpeak.shared.providers.LineResult.NotRun.Why;
import dev.offpeak.shared.providers.Provider;
import dev.offpeak.shared.providers.ProviderError;
import dev.offpeak.shared.providers.ProviderSettings;
import dev.offpeak.shared.providers.RemoteBatch;
import dev.offpeak.shared.providers.RemoteBatch.Status;
import dev.offpeak.shared.providers.ResponseFormat;
import dev.offpeak.shared.providers.Usage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.zip.GZIPOutputStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/// What every adapter to a provider's batch API keeps, whatever its vendor's SDK does.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
public abstract class BatchProviderContract {

    protected static final String KEY = "sk-secret-0123456789abcdef";
    protected static final Clock NOON = Clock.fixed(Instant.parse("2026-11-21T12:00:00Z"), ZoneOffset.UTC);
    protected static final Instant CREATED = Instant.parse("2026-11-21T11:00:00Z");
    protected static final ObjectMapper JSON = new ObjectMapper();

    private static final String SCHEMA = """
            {"type":"object","properties":{"name":{"type":"string"}},"required":["name"],"additionalProperties":false}""";

    protected final WireMockServer server =
            new WireMockServer(options().bindAddress("127.0.0.1").dynamicPort());

    @TempDir
    protected Path folder;

    /// The adapter as production makes it.
    protected abstract BatchProvider provider(ProviderSettings settings);

    /// The adapter to single calls, for comparison.
    protected abstract Provider direct(ProviderSettings settings);

    protected abstract ProviderSettings settings(@Nullable String key, URI baseUrl, Duration timeout);

    protected abstract URI baseUrl(int port);

    protected abstract String model();

    /// Where single calls go.
    protected abstract String directPath();

    /// An answer to a single call.
    protected abstract String answer(String text);

    /// Where batches are created and listed.
    protected abstract String batchesPath();

    /// Where the results of [#remote] are read.
    protected abstract String resultsPath();

    /// The part of a written line that a single call would send as its body.
    protected abstract JsonNode body(JsonNode line);

    /// The batch as the vendor shows it.
    protected abstract String batch(String id, String status, Instant createdAt);

    protected abstract String running();

    protected abstract String cancelling();

    protected abstract String completed();

    /// A page of the list.
    protected abstract String page(boolean more, List<String> batches);

    /// @return the name of the parameter by which the next page is asked for
    protected abstract String cursor();

    protected abstract String answered(String customId, String text);

    protected abstract String failed(String customId, boolean retryable);

    protected abstract String expired(String customId);

    protected abstract String cancelled(String customId);

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
    void writesIntoALineExactlyWhatACallWouldSend() throws Exception {
        for (var format : List.of(
                new ResponseFormat.Text(),
                new ResponseFormat.JsonObject(),
                new ResponseFormat.JsonSchema("planet", SCHEMA, true),
                new ResponseFormat.JsonSchema("planet", SCHEMA, false))) {
            for (BigDecimal temperature : new BigDecimal[] {null, new BigDecimal("0.2")}) {
                stub(post(urlEqualTo(directPath())).willReturn(json(200, answer("Saturn."))));

                direct(here())
                        .complete(new CompletionRequest(
                                new CallId(UUID.randomUUID()),
                                model(),
                                conversation("Which planet?"),
                                64,
                                temperature,
                                format,
                                Duration.ofSeconds(10)));

                var line = new BatchLine("r-1", model(), conversation("Which planet?"), 64, temperature, format, 0);
                assertThat(body(written(line).getFirst()))
                        .isEqualTo(JSON.readTree(server.getAllServeEvents()
                                .getFirst()
                                .getRequest()
                                .getBody()));
            }
        }
    }

    @Test
    void writesOneLineForEachRequestWhateverItSays() throws Exception {
        List<JsonNode> lines = written(
                line("r-1", "One\nline, \"quoted\" and \\ slashed \u2028"), line("r-2", "Zwei 🪐"), line("r-3", " "));

        assertThat(lines).extracting(line -> line.path("custom_id").asText()).containsExactly("r-1", "r-2", "r-3");
        assertThat(lines.get(0).toString()).contains("slashed");
        assertThat(lines.get(1).toString()).contains("Zwei 🪐");
    }

    @Test
    void createsABatchAndSaysWhatTheProviderMadeOfIt() throws Exception {
        stub(post(urlEqualTo(batchesPath())).willReturn(json(200, batch("b_1", running(), CREATED))));

        RemoteBatch made = done(provider().create(creation()));

        assertThat(made.id()).isEqualTo("b_1");
        assertThat(made.status()).isEqualTo(Status.RUNNING);
        assertThat(made.rawStatus()).isEqualTo(running());
        assertThat(made.createdAt()).isEqualTo(CREATED);
        assertThat(made.expiresAt()).isEqualTo(CREATED.plus(Duration.ofHours(24)));
        onlyOneCreate();
    }

    /// Each might have made a second batch.
    @ParameterizedTest
    @CsvSource({
        "400,Rejected,",
        "401,Unauthenticated,",
        "408,Unavailable,",
        "409,Unavailable,",
        "413,Rejected,",
        "429,RateLimited,",
        "429,RateLimited,0",
        "500,Unavailable,",
        "502,Unavailable,",
        "503,Unavailable,",
        "503,Overloaded,0",
        "504,TimedOut,",
        "529,Overloaded,"
    })
    void createsNeverTwiceWhateverTheAnswer(int status, String error, @Nullable String retryAfter) throws Exception {
        ResponseDefinitionBuilder answer = json(status, refused("some_code", "It did not work."));
        stub(post(urlEqualTo(batchesPath()))
                .willReturn(retryAfter == null ? answer : answer.withHeader("Retry-After", retryAfter)));

        ProviderError why = failed(provider().create(creation()));

        assertThat(why.getClass().getSimpleName()).isEqualTo(error);
        assertThat(why.detail()).contains(String.valueOf(status), "It did not work.");
        onlyOneCreate();
    }

    @ParameterizedTest
    @EnumSource(names = {"EMPTY_RESPONSE", "CONNECTION_RESET_BY_PEER", "MALFORMED_RESPONSE_CHUNK"})
    void createsNeverTwiceWhereTheConnectionBreaks(Fault fault) throws Exception {
        stub(post(urlEqualTo(batchesPath()))
                .willReturn(aResponse().withStatus(200).withFault(fault)));

        assertThat(failed(provider().create(creation())).mayHaveRun()).isTrue();
        onlyOneCreate();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", "{", "[]", "null", "{\"a\":1}", "<html>Welcome</html>", "{\"error\":{\"message\":\"no\"}}"})
    void leavesOpenWhetherThereIsABatchWhereTheAnswerIsNone(String body) throws Exception {
        stub(post(urlEqualTo(batchesPath())).willReturn(json(200, body)));

        ProviderError why = failed(provider().create(creation()));

        assertThat(why).isInstanceOf(ProviderError.Malformed.class);
        assertThat(why.mayHaveRun()).isTrue();
        onlyOneCreate();
    }

    @Test
    void saysThatAnInputIsTooLarge() throws Exception {
        stub(post(urlEqualTo(batchesPath())).willReturn(json(413, refused("request_too_large", "Too much."))));

        assertThat(failed(provider().create(creation())))
                .isInstanceOfSatisfying(
                        ProviderError.Rejected.class,
                        rejected -> assertThat(rejected.vendorCode()).isEqualTo(ProviderError.Rejected.TOO_LARGE));
    }

    @Test
    void keepsTheKeyOutOfErrors() throws Exception {
        stub(post(urlEqualTo(batchesPath())).willReturn(json(401, refused("bad", "Incorrect API key: " + KEY))));

        assertThat(failed(provider().create(creation())).toString())
                .contains("Incorrect API key")
                .doesNotContain("secret", "sk-");
    }

    @Test
    void findsABatch() throws Exception {
        stub(get(urlEqualTo(batchesPath() + "/b_1")).willReturn(json(200, batch("b_1", cancelling(), CREATED))));

        RemoteBatch found = done(provider().find("b_1")).orElseThrow();

        assertThat(found.status()).isEqualTo(Status.CANCELLING);
        assertThat(found.status().ended()).isFalse();
    }

    @Test
    void takesAStatusThatItDoesNotKnowForRunning() throws Exception {
        stub(get(urlEqualTo(batchesPath() + "/b_1")).willReturn(json(200, batch("b_1", "brand_new", CREATED))));

        RemoteBatch found = done(provider().find("b_1")).orElseThrow();

        assertThat(found.status()).isEqualTo(Status.RUNNING);
        assertThat(found.rawStatus()).isEqualTo("brand_new");
    }

    @Test
    void findsNothingWhereABatchIsGone() throws Exception {
        stub(get(urlEqualTo(batchesPath() + "/b_1")).willReturn(json(404, refused("not_found", "No such batch."))));
        assertThat(done(provider().find("b_1"))).isEmpty();

        stub(get(urlEqualTo(batchesPath() + "/b_1")).willReturn(json(200, refused("not_found", "No such batch."))));
        assertThat(done(provider().find("b_1"))).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({"401,Unauthenticated", "429,RateLimited", "500,Unavailable", "503,Unavailable"})
    void doesNotTakeAnErrorForABatchThatIsGone(int status, String error) throws Exception {
        stub(get(urlEqualTo(batchesPath() + "/b_1")).willReturn(json(status, refused("some_code", "No."))));

        assertThat(failed(provider().find("b_1")).getClass().getSimpleName()).isEqualTo(error);
        assertThat(server.getAllServeEvents()).hasSize(1);
    }

    @Test
    void doesNotTakeAnAnswerThatCannotBeReadForABatchThatIsGone() throws Exception {
        for (String body : List.of("", "{", "[]", "{\"a\":1}", "<html>Welcome</html>")) {
            stub(get(urlEqualTo(batchesPath() + "/b_1")).willReturn(json(200, body)));

            assertThat(failed(provider().find("b_1"))).isInstanceOf(ProviderError.Malformed.class);
        }
    }

    @Test
    void listsAllBatchesSinceATimeOverPages() throws Exception {
        stub(get(urlPathEqualTo(batchesPath()))
                .withQueryParam(cursor(), absent())
                .willReturn(json(
                        200,
                        page(
                                true,
                                List.of(
                                        batch("b_5", running(), CREATED.plusSeconds(50)),
                                        batch("b_4", completed(), CREATED.plusSeconds(40)))))));
        server.stubFor(get(urlPathEqualTo(batchesPath()))
                .withQueryParam(cursor(), equalTo("b_4"))
                .willReturn(json(
                        200,
                        page(
                                true,
                                List.of(
                                        batch("b_3", running(), CREATED.plusSeconds(30)),
                                        batch("b_2", running(), CREATED.plusSeconds(20)))))));

        assertThat(done(provider().createdSince(CREATED.plusSeconds(30))))
                .extracting(RemoteBatch::id)
                .containsExactly("b_5", "b_4", "b_3");
        assertThat(server.getAllServeEvents())
                .as("b_2 is older: nothing behind it is of use")
                .hasSize(2);
    }

    @Test
    void listsNothingTwiceWhereAServerKnowsNoPages() throws Exception {
        stub(get(urlPathEqualTo(batchesPath()))
                .willReturn(json(200, page(true, List.of(batch("b_1", running(), CREATED))))));

        assertThat(done(provider().createdSince(CREATED.minusSeconds(60))))
                .extracting(RemoteBatch::id)
                .containsExactly("b_1");
        assertThat(server.getAllServeEvents()).hasSize(2);
    }

    @Test
    void doesNotTakeAnErrorForAnEmptyList() throws Exception {
        stub(get(urlPathEqualTo(batchesPath())).willReturn(json(200, refused("some_code", "No."))));
        assertThat(failed(provider().createdSince(CREATED))).isInstanceOf(ProviderError.Malformed.class);

        stub(get(urlPathEqualTo(batchesPath())).willReturn(json(200, page(false, List.of()))));
        assertThat(done(provider().createdSince(CREATED))).isEmpty();
    }

    @Test
    void asksForACancelOnce() throws Exception {
        stub(post(urlEqualTo(batchesPath() + "/b_1/cancel"))
                .willReturn(json(200, batch("b_1", cancelling(), CREATED))));

        assertThat(done(provider().cancel("b_1")).orElseThrow().status()).isEqualTo(Status.CANCELLING);

        stub(post(urlEqualTo(batchesPath() + "/b_1/cancel")).willReturn(json(500, refused("some_code", "No."))));
        failed(provider().cancel("b_1"));
        assertThat(server.getAllServeEvents()).hasSize(1);
    }

    @ParameterizedTest
    @ValueSource(ints = {400, 409})
    void leavesABatchThatHasEndedAsItIs(int status) throws Exception {
        stub(post(urlEqualTo(batchesPath() + "/b_1/cancel"))
                .willReturn(json(status, refused("some_code", "It has ended."))));
        server.stubFor(
                get(urlEqualTo(batchesPath() + "/b_1")).willReturn(json(200, batch("b_1", completed(), CREATED))));

        assertThat(done(provider().cancel("b_1")).orElseThrow().status()).isEqualTo(Status.COMPLETED);
    }

    @Test
    void cancelsNothingWhereABatchIsGone() throws Exception {
        stub(any(anyUrl()).willReturn(json(404, refused("not_found", "No such batch."))));

        assertThat(done(provider().cancel("b_1"))).isEmpty();
    }

    @Test
    void readsEachKindOfResult() throws Exception {
        results(lines(
                answered("r-2", "Saturn."),
                failed("r-1", false),
                failed("r-3", true),
                expired("r-4"),
                cancelled("r-5")));

        var read = new ArrayList<LineResult>();
        assertThat(done(provider().results(remote(), read::add))).isEqualTo(5);

        assertThat(read).extracting(LineResult::customId).containsExactly("r-2", "r-1", "r-3", "r-4", "r-5");
        assertThat(read.get(0)).isInstanceOfSatisfying(LineResult.Answered.class, answered -> {
            assertThat(answered.completion().text()).isEqualTo("Saturn.");
            assertThat(answered.completion().finishReason()).isEqualTo(FinishReason.STOP);
            assertThat(answered.completion().usage()).isEqualTo(Usage.of(12, 5));
            assertThat(answered.completion().model()).startsWith(model());
        });
        assertThat(((LineResult.Failed) read.get(1)).retryable()).isFalse();
        assertThat(((LineResult.Failed) read.get(2)).retryable()).isTrue();
        assertThat(((LineResult.NotRun) read.get(3)).why()).isEqualTo(Why.EXPIRED);
        assertThat(((LineResult.NotRun) read.get(4)).why()).isEqualTo(Why.CANCELLED);
    }

    @Test
    void readsOverBlankLinesAndOtherLineEnds() throws Exception {
        results("\r\n" + answered("r-1", "One.") + "\r\n\n  \n" + answered("r-2", "Two.") + "\n\n");

        assertThat(customIds()).containsExactly("r-1", "r-2");

        results(answered("r-1", "One.") + "\n" + answered("r-2", "Two."));
        assertThat(customIds()).as("the last line needs no end").containsExactly("r-1", "r-2");
    }

    @Test
    void handsOnWhatItCannotReadAndReadsOn() throws Exception {
        results(lines(
                "{\"custom_id\":\"r-1\",\"respo",
                "not json",
                "[]",
                "null",
                "{\"custom_id\":7}",
                "{\"custom_id\":\"r-2\"}",
                answered("r-3", "Three.").replaceFirst("\"usage\"", "\"misusage\""),
                answered("r-9", "twice"),
                answered("r-9", "twice")));

        var read = new ArrayList<LineResult>();
        assertThat(done(provider().results(remote(), read::add))).isEqualTo(9);

        assertThat(read.subList(0, 7)).allSatisfy(line -> assertThat(line).isInstanceOf(LineResult.Unreadable.class));
        assertThat(read)
                .extracting(LineResult::customId)
                .containsExactly("r-1", null, null, null, null, "r-2", "r-3", "r-9", "r-9");
    }

    @Test
    void cutsALineThatIsLongerThanAny() throws Exception {
        String endless = answered("r-1", "x".repeat(17 * 1024 * 1024));
        results(lines(endless, answered("r-2", "Two.")));

        var read = new ArrayList<LineResult>();
        done(provider().results(remote(), read::add));

        assertThat(read).hasSize(2);
        assertThat(read.get(0)).isInstanceOf(LineResult.Unreadable.class);
        assertThat(read.get(0).customId()).isEqualTo("r-1");
        assertThat(read.get(1)).isInstanceOf(LineResult.Answered.class);
    }

    @Test
    void readsALineOfAMegabyte() throws Exception {
        String text = "word ".repeat(200_000);
        results(lines(answered("r-1", text)));

        var read = new ArrayList<LineResult>();
        done(provider().results(remote(), read::add));

        assertThat(((LineResult.Answered) read.getFirst()).completion().text()).isEqualTo(text);
    }

    @Test
    void readsThousandsOfLinesInTheirOrder() throws Exception {
        results(IntStream.range(0, 5_000)
                .mapToObj(i -> answered("r-" + i, "No. " + i) + "\n")
                .collect(Collectors.joining()));

        assertThat(customIds())
                .containsExactlyElementsOf(
                        IntStream.range(0, 5_000).mapToObj(i -> "r-" + i).toList());
    }

    @Test
    void readsCompressedResults() throws Exception {
        var gzipped = new ByteArrayOutputStream();
        try (var out = new GZIPOutputStream(gzipped)) {
            out.write(lines(answered("r-1", "One.")).getBytes(StandardCharsets.UTF_8));
        }
        stub(get(urlEqualTo(resultsPath()))
                .willReturn(aResponse()
                        .withStatus(200)
                        .withHeader("Content-Encoding", "gzip")
                        .withBody(gzipped.toByteArray())));

        assertThat(customIds()).containsExactly("r-1");
    }

    @Test
    void failsWhereTheDownloadIsCut() throws Exception {
        String whole = lines(answered("r-1", "One."), answered("r-2", "Two."));
        try (var peer = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            Thread.ofVirtual().start(() -> cutOff(peer, whole));
            var read = new ArrayList<LineResult>();

            ProviderError why = failed(provider(settings(KEY, baseUrl(peer.getLocalPort()), Duration.ofMinutes(2)))
                    .results(remote(), read::add));

            assertThat(why).isInstanceOf(ProviderError.TimedOut.class);
            assertThat(read).extracting(LineResult::customId).containsExactly("r-1");
        }
    }

    @Test
    void failsWhereTheResultsEndWithinALine() throws Exception {
        String last = answered("r-2", "Two.");
        results(answered("r-1", "One.") + "\n" + last.substring(0, last.length() / 2));

        var read = new ArrayList<LineResult>();
        assertThat(failed(provider().results(remote(), read::add))).isInstanceOf(ProviderError.Malformed.class);
        assertThat(read).hasSize(2);
        assertThat(read.getFirst().customId()).isEqualTo("r-1");
        assertThat(read.getLast()).isInstanceOf(LineResult.Unreadable.class);
    }

    @ParameterizedTest
    @CsvSource({"404,Rejected", "429,RateLimited", "500,Unavailable"})
    void failsWhereTheResultsCannotBeHad(int status, String error) throws Exception {
        stub(get(urlEqualTo(resultsPath())).willReturn(json(status, refused("some_code", "Not yet."))));

        assertThat(failed(provider().results(remote(), _ -> {})).getClass().getSimpleName())
                .isEqualTo(error);
    }

    @Test
    void givesLinesToItsCallersThreadAndLetsThroughWhatTheyThrow() throws Exception {
        results(lines(answered("r-1", "One."), answered("r-2", "Two.")));
        var threads = new ArrayList<Thread>();

        done(provider().results(remote(), _ -> threads.add(Thread.currentThread())));
        assertThat(threads).containsOnly(Thread.currentThread());

        var seen = new ArrayList<LineResult>();
        assertThatIllegalStateException()
                .isThrownBy(() -> provider().results(remote(), line -> {
                    seen.add(line);
                    throw new IllegalStateException("no room");
                }))
                .withMessage("no room");
        assertThat(seen).hasSize(1);
    }

    @Test
    void stopsLongBeforeTheEndWhenInterruptedWhileItReads() throws Exception {
        stub(get(urlEqualTo(resultsPath()))
                .willReturn(aResponse()
                        .withStatus(200)
                        .withBody(lines(answered("r-1", "One."), answered("r-2", "Two.")))
                        .withChunkedDribbleDelay(50, 90_000)));
        var arrived = new CountDownLatch(1);
        var ended = new CompletableFuture<Throwable>();
        BatchProvider provider = provider();
        Thread caller = Thread.ofPlatform().start(() -> {
            arrived.countDown();
            try {
                provider.results(remote(), _ -> {});
                ended.complete(new AssertionError("no interrupt"));
            } catch (Throwable thrown) {
                ended.complete(thrown);
            }
        });
        assertThat(arrived.await(2, TimeUnit.MINUTES)).isTrue();

        caller.interrupt();

        assertThat(ended.get(60, TimeUnit.SECONDS)).isInstanceOf(InterruptedException.class);
    }

    @Test
    void saysThatItsOwnInputIsMissingInsteadOfBlamingTheProvider() {
        var missing = new BatchInput(folder.resolve("missing.jsonl"), "missing.jsonl", 1);

        assertThatExceptionOfType(UncheckedIOException.class).isThrownBy(() -> {
            if (provider().capabilities().inputFiles()) {
                provider().upload(missing);
            } else {
                provider().create(new BatchCreation(missing, null, directPath(), Map.of()));
            }
        });
        assertThat(server.getAllServeEvents()).isEmpty();
    }

    /// Begins a body of the whole length and stops after its first line.
    private static void cutOff(ServerSocket peer, String whole) {
        try (var socket = peer.accept()) {
            assertThat(socket.getInputStream().read()).isNotNegative();
            OutputStream out = socket.getOutputStream();
            out.write(("HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\nContent-Length: "
                            + whole.getBytes(StandardCharsets.UTF_8).length + "\r\n\r\n")
                    .getBytes(StandardCharsets.UTF_8));
            out.write(whole.substring(0, whole.indexOf('\n') + 20).getBytes(StandardCharsets.UTF_8));
            out.flush();
        } catch (IOException _) {
            // the test is over
        }
    }

    protected final void results(String body) {
        stub(get(urlEqualTo(resultsPath()))
                .willReturn(aResponse()
                        .withStatus(200)
                        .withHeader("Content-Type", "application/octet-stream")
                        .withBody(body)));
    }

    private List<@Nullable String> customIds() throws InterruptedException {
        var ids = new ArrayList<@Nullable String>();
        assertThat(done(provider().results(remote(), line -> ids.add(line.customId()))))
                .isEqualTo(ids.size());
        return ids;
    }

    protected static String lines(String... lines) {
        return String.join("\n", lines) + "\n";
    }

    /// An ended batch whose results are at [#resultsPath].
    protected RemoteBatch remote() {
        return remote("file-out", null);
    }

    protected static RemoteBatch remote(@Nullable String outputFile, @Nullable String errorFile) {
        return new RemoteBatch(
                "b_1",
                Status.COMPLETED,
                "completed",
                2,
                2,
                0,
                CREATED,
                null,
                CREATED,
                null,
                outputFile,
                errorFile,
                null,
                null,
                null,
                null,
                Map.of());
    }

    protected final BatchProvider provider() {
        return provider(here());
    }

    protected final ProviderSettings here() {
        return settings(KEY, baseUrl(server.port()), Duration.ofMinutes(2));
    }

    protected final BatchCreation creation() throws IOException {
        Path file = folder.resolve("input.jsonl");
        try (OutputStream out = Files.newOutputStream(file)) {
            write(out, line("r-1", "Which planet?"), line("r-2", "Which moon?"));
        }
        return new BatchCreation(
                new BatchInput(file, "pb_1.jsonl", 2), "file-in", directPath(), Map.of("offpeak_batch", "pb_1"));
    }

    protected final List<JsonNode> written(BatchLine... lines) throws IOException {
        var out = new ByteArrayOutputStream();
        write(out, lines);
        String text = out.toString(StandardCharsets.UTF_8);
        if (provider().capabilities().inputFiles()) {
            assertThat(text).endsWith("\n");
            var read = new ArrayList<JsonNode>();
            for (String line : text.lines().toList()) {
                read.add(JSON.readTree(line));
            }
            return read;
        }
        return JSON.readTree(text).path("requests").valueStream().toList();
    }

    private void write(OutputStream out, BatchLine... lines) throws IOException {
        BatchProvider provider = provider();
        provider.writeFrame(true, out);
        for (int i = 0; i < lines.length; i++) {
            provider.writeLine(lines[i], i == 0, out);
        }
        provider.writeFrame(false, out);
    }

    protected final BatchLine line(String customId, String prompt) {
        return new BatchLine(customId, model(), conversation(prompt), 64, null, new ResponseFormat.Text(), 0);
    }

    protected static List<ChatMessage> conversation(String prompt) {
        return List.of(
                new ChatMessage(ChatMessage.Role.SYSTEM, "Be brief."),
                new ChatMessage(ChatMessage.Role.USER, "Hello"),
                new ChatMessage(ChatMessage.Role.ASSISTANT, "Hello!"),
                new ChatMessage(ChatMessage.Role.USER, prompt));
    }

    protected final void stub(MappingBuilder mapping) {
        server.resetAll();
        server.stubFor(mapping);
    }

    protected static ResponseDefinitionBuilder json(int status, String body) {
        return aResponse()
                .withStatus(status)
                .withHeader("Content-Type", "application/json")
                .withBody(body);
    }

    protected final void onlyOneCreate() {
        server.verify(1, postRequestedFor(urlEqualTo(batchesPath())));
        assertThat(server.getAllServeEvents()).hasSize(1);
    }

    protected static <T> T done(BatchExchange<T> exchange) {
        return switch (exchange) {
            case BatchExchange.Done<T>(T value) -> value;
            case BatchExchange.Failed<T>(ProviderError error) -> throw new AssertionError(error.toString());
        };
    }

    protected static <T> ProviderError failed(BatchExchange<T> exchange) {
        return switch (exchange) {
            case BatchExchange.Done<T>(T value) -> throw new AssertionError("no failure: " + value);
            case BatchExchange.Failed<T>(ProviderError error) -> error;
        };
    }
}
