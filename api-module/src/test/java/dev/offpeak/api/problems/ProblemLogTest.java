package dev.offpeak.api.problems;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.OutputStreamAppender;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import jakarta.servlet.ServletException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;
import org.springframework.boot.logging.logback.StructuredLogEncoder;
import org.springframework.core.env.Environment;
import org.springframework.mock.env.MockEnvironment;
import org.springframework.mock.web.MockHttpServletRequest;
import org.springframework.mock.web.MockHttpServletResponse;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// What operators find of an error that nobody expected, in the format that the API logs in.
class ProblemLogTest {

    private static final JsonMapper JSON = JsonMapper.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .build();

    private final Logger logger = (Logger) LoggerFactory.getLogger(ProblemAdvice.class);
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final OutputStreamAppender<ILoggingEvent> appender = new OutputStreamAppender<>();

    @BeforeEach
    void listen() {
        var context = new LoggerContext();
        context.putObject(Environment.class.getName(), new MockEnvironment());
        var encoder = new StructuredLogEncoder();
        encoder.setContext(context);
        encoder.setFormat("logstash");
        encoder.start();
        appender.setContext(context);
        appender.setEncoder(encoder);
        appender.setOutputStream(out);
        appender.start();
        logger.addAppender(appender);
    }

    @AfterEach
    void leave() {
        logger.detachAppender(appender);
        appender.stop();
    }

    @Test
    void anUnexpectedErrorIsOneLineThatIsWholeAndNamesItsRequest() throws Exception {
        var response = answer("req-7", new IllegalStateException("the reason"));

        JsonNode line = JSON.readTree(out.toString(UTF_8));
        assertThat(out.toString(UTF_8).strip().lines()).hasSize(1);
        assertThat(line.path("level").asString()).isEqualTo("ERROR");
        assertThat(line.path("message").asString())
                .isEqualTo("A request failed for a reason we did not expect; the client is told to try again");
        assertThat(line.path("request").asString()).isEqualTo("req-7");
        assertThat(line.path("method").asString()).isEqualTo("POST");
        assertThat(line.path("stack_trace").asString())
                .contains("IllegalStateException: the reason")
                .contains("ProblemLogTest");
        assertThat(response.getStatus()).isEqualTo(500);
        assertThat(JSON.readTree(response.getContentAsString())
                        .path("request_id")
                        .asString())
                .isEqualTo("req-7");
        assertThat(response.getContentAsString())
                .as("the client learns nothing of our inside")
                .doesNotContain("the reason");
    }

    @Test
    void whatACallerDidWrongIsNoLine() throws Exception {
        answer("req-8", Problem.notFound("job"));

        assertThat(out.toString(UTF_8)).isEmpty();
    }

    private static MockHttpServletResponse answer(String id, Exception thrown) throws ServletException, IOException {
        var advice = new ProblemAdvice(new ProblemWriter(JSON, new SimpleMeterRegistry()));
        var request = new MockHttpServletRequest("POST", "/v1/jobs");
        request.addHeader(RequestIdFilter.HEADER, id);
        var response = new MockHttpServletResponse();
        new RequestIdFilter(() -> new UUID(0, 1))
                .doFilter(request, response, (_, _) -> advice.answer(thrown, request, response));
        return response;
    }
}
