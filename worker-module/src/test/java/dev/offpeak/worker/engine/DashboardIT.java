package dev.offpeak.worker.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.offpeak.shared.testing.TestServers;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.stream.Collectors;
import org.jobrunr.jobs.states.StateName;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.springframework.boot.diagnostics.FailureAnalysis;

@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class DashboardIT {

    private static final String US = "Host: localhost\r\n";

    private final TestEngine engine = new TestEngine(TestServers.freshDatabase(), 2, task -> {});
    private final Dashboard open = dashboard(null, null);
    private final Dashboard locked = dashboard("ops", "secret:with:colons");

    @AfterAll
    void close() {
        open.stop();
        locked.stop();
        engine.close();
    }

    @Test
    void leadsToThePageAndShowsIt() {
        assertThat(ask(open, "GET /", US)).startsWith("HTTP/1.1 302").contains("Location: /dashboard");
        assertThat(ask(open, "GET /dashboard", US)).startsWith("HTTP/1.1 200").contains("connect-src 'self'");
        assertThat(ask(open, "GET /elsewhere", US)).startsWith("HTTP/1.1 404");
    }

    @Test
    void tellsNothingToItsMaker() {
        assertThat(ask(open, "GET /api/version", US)).contains("\"allowAnonymousDataUsage\":false");
    }

    @Test
    void listsTasksByTheirIds() {
        var task = engine.enqueue();

        assertThat(ask(open, "GET /api/jobs?state=ENQUEUED&offset=0&limit=20&order=updatedAt:ASC", US))
                .startsWith("HTTP/1.1 200")
                .contains(task.toString());
    }

    @Test
    void refusesToListWithoutEnd() {
        for (var limit : new String[] {"201", "99999999999", "-1", "", "20&limit=1000", "1e9"}) {
            assertThat(ask(open, "GET /api/jobs?state=ENQUEUED&limit=" + limit, US))
                    .as("limit=%s", limit)
                    .startsWith("HTTP/1.1 400");
        }
    }

    @Test
    void refusesANameThatIsNotOurs() {
        assertThat(ask(open, "GET /api/servers", "Host: rebound.example:8000\r\n"))
                .startsWith("HTTP/1.1 421");
        assertThat(ask(open, "GET /api/servers", "Host: 127.0.0.1:8000\r\n")).startsWith("HTTP/1.1 200");
        assertThat(ask(open, "GET /api/servers", "Host: [::1]:8000\r\n")).startsWith("HTTP/1.1 200");
    }

    @Test
    void takesChangesFromItsOwnPageOnly() {
        var task = engine.enqueue();
        var delete = "DELETE /api/jobs/" + task;

        assertThat(ask(open, delete, US + "Origin: https://evil.example\r\n")).startsWith("HTTP/1.1 403");
        assertThat(ask(open, delete, US + "Origin: null\r\n")).startsWith("HTTP/1.1 403");
        assertThat(ask(open, delete, US + "Sec-Fetch-Site: cross-site\r\n")).startsWith("HTTP/1.1 403");
        assertThat(engine.isIn(task, StateName.ENQUEUED)).isTrue();

        assertThat(ask(open, delete, US + "Origin: http://localhost\r\nSec-Fetch-Site: same-origin\r\n"))
                .startsWith("HTTP/1.1 204");
        assertThat(engine.isIn(task, StateName.DELETED)).isTrue();
    }

    @Test
    void asksForTheLogin() {
        for (var path : new String[] {"/", "/dashboard", "/api/servers", "/sse/jobstats"}) {
            assertThat(ask(locked, "GET " + path, US)).startsWith("HTTP/1.1 401");
        }
        assertThat(ask(locked, "GET /api/servers", US + basic("ops:wrong"))).startsWith("HTTP/1.1 401");
        assertThat(ask(locked, "GET /api/servers", US + "Authorization: Basic ???\r\n"))
                .startsWith("HTTP/1.1 401");
        assertThat(ask(locked, "GET /api/servers", US + basic("ops:secret:with:colons")))
                .startsWith("HTTP/1.1 200");
    }

    @Test
    void doesNotOpenToTheNetworkWithoutALogin() throws UnknownHostException {
        var everywhere = InetAddress.getByName("0.0.0.0");

        assertThatThrownBy(() -> new DashboardSettings(true, 0, everywhere, null, ""))
                .hasMessageContaining("OFFPEAK_DASHBOARD_PASSWORD");
        assertThatThrownBy(() -> new DashboardSettings(true, 0, InetAddress.getLoopbackAddress(), "ops", null))
                .hasMessageContaining("half set");
        assertThat(new DashboardSettings(true, 0, everywhere, "ops", "secret").toString())
                .doesNotContain("secret");
    }

    @Test
    void saysThatItsPortIsTaken() {
        var second = new Dashboard(taken(), engine.tasks, true);

        assertThatThrownBy(second::start).hasMessageContaining("OFFPEAK_DASHBOARD_PORT");
        assertThat(new DashboardPortTakenAnalyzer().analyze(new DashboardPortTaken("here", new IOException("taken"))))
                .isNotNull()
                .extracting(FailureAnalysis::getDescription)
                .isEqualTo("The dashboard cannot listen on here (taken): set OFFPEAK_DASHBOARD_PORT to a free port.");
    }

    @Test
    void letsItsWorkerRunWithoutItWhereNobodyChoseThePort() {
        var second = new Dashboard(taken(), engine.tasks, false);

        second.start();

        assertThat(second.isRunning()).isFalse();
        second.stop();
    }

    private DashboardSettings taken() {
        return new DashboardSettings(true, open.port(), InetAddress.getLoopbackAddress(), null, null);
    }

    private Dashboard dashboard(@Nullable String user, @Nullable String password) {
        var dashboard = new Dashboard(
                new DashboardSettings(true, 0, InetAddress.getLoopbackAddress(), user, password), engine.tasks, true);
        dashboard.start();
        return dashboard;
    }

    private static String basic(String login) {
        return "Authorization: Basic " + Base64.getEncoder().encodeToString(login.getBytes(StandardCharsets.UTF_8))
                + "\r\n";
    }

    /// A bare socket, because clients do not let us say whose host and origin we are.
    private static String ask(Dashboard dashboard, String line, String headers) {
        try (var socket = new Socket(InetAddress.getLoopbackAddress(), dashboard.port())) {
            socket.setSoTimeout(120_000);
            socket.getOutputStream()
                    .write((line + " HTTP/1.1\r\nConnection: close\r\n" + headers + "\r\n")
                            .getBytes(StandardCharsets.UTF_8));
            try (var reader =
                    new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8))) {
                return reader.lines().collect(Collectors.joining("\n"));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
