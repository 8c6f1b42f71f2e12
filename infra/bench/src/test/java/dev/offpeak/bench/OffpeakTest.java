package dev.offpeak.bench;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class OffpeakTest {

    private final List<String> asked = new ArrayList<>();
    private HttpServer server;
    private Offpeak offpeak;

    @BeforeEach
    void answersTwoPages() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/v1/", exchange -> {
            String query = exchange.getRequestURI().getQuery();
            asked.add(query);
            byte[] page = (query.contains("after=two") ? """
                              {"data":[{"id":"job_1"}],"next":null}""" : """
                              {"data":[{"id":"job_3"},{"id":"job_2"}],"next":"two"}""").getBytes(UTF_8);
            exchange.sendResponseHeaders(200, page.length);
            exchange.getResponseBody().write(page);
            exchange.close();
        });
        server.start();
        offpeak = new Offpeak(
                new Http(), URI.create("http://127.0.0.1:" + server.getAddress().getPort()), "key");
    }

    @AfterEach
    void stop() {
        server.stop(0);
    }

    @Test
    void readsEveryPageOfTheLedger() {
        var ids = new ArrayList<String>();

        offpeak.eachLedgerEntry(Instant.EPOCH, entry -> ids.add(entry.path("id").asString()));

        assertThat(ids).containsExactly("job_3", "job_2", "job_1");
    }

    @Test
    void asksForNoPageBehindTheLastJobItLooksFor() {
        assertThat(offpeak.read(Set.of("job_2"))).containsOnlyKeys("job_2");
        assertThat(asked).hasSize(1);
    }

    @Test
    void doesNotInventAJobThatIsNowhere() {
        assertThat(offpeak.read(Set.of("job_1", "job_lost"))).containsOnlyKeys("job_1");
        assertThat(asked).hasSize(2);
    }
}
