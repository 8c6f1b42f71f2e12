package dev.offpeak.worker.engine;

import com.sun.net.httpserver.HttpServer;
import dev.offpeak.shared.queue.TaskJson;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ThreadFactory;
import org.jobrunr.dashboard.JobRunrApiHandler;
import org.jobrunr.dashboard.JobRunrSseHandler;
import org.jobrunr.dashboard.JobRunrStaticFileHandler;
import org.jobrunr.dashboard.server.HttpExchangeHandler;
import org.jobrunr.storage.StorageProvider;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;

/// JobRunr's dashboard behind a guard. JobRunr's own server for it listens on every interface.
final class Dashboard implements SmartLifecycle {

    private static final Logger log = LoggerFactory.getLogger(Dashboard.class);
    private static final String PAGE = "/dashboard";

    private final DashboardSettings settings;
    private final boolean portIsChosen;
    private final List<HttpExchangeHandler> handlers;
    private @Nullable HttpServer server;
    private @Nullable ExecutorService threads;

    /// @param portIsChosen whether somebody counts on the port; otherwise this worker does without a dashboard where
    ///     another worker of this machine has the port
    Dashboard(DashboardSettings settings, StorageProvider tasks, boolean portIsChosen) {
        this.settings = settings;
        this.portIsChosen = portIsChosen;
        var json = TaskJson.mapper();
        boolean tellTheMaker = false;
        this.handlers = List.of(
                new JobRunrStaticFileHandler(),
                new JobRunrApiHandler(tasks, json, tellTheMaker),
                new JobRunrSseHandler(tasks, json));
    }

    /// @throws DashboardPortTaken where the port that was chosen cannot be had
    @Override
    public synchronized void start() {
        if (!settings.enabled() || server != null) {
            return;
        }
        var opened = open();
        if (opened == null) {
            return;
        }
        var guard = new DashboardGuard(settings);
        handlers.forEach(handler -> opened.createContext(handler.getContextPath(), handler)
                .getFilters()
                .add(guard));
        opened.createContext("/", exchange -> {
                    exchange.getResponseHeaders().set("Location", PAGE);
                    boolean root = exchange.getRequestURI().getPath().equals("/");
                    exchange.sendResponseHeaders(root ? 302 : 404, -1);
                    exchange.close();
                })
                .getFilters()
                .add(guard);
        threads = Executors.newThreadPerTaskExecutor(threadsOfOurLoader());
        opened.setExecutor(threads);
        opened.start();
        server = opened;
        log.atInfo()
                .addKeyValue("address", settings.address().getHostAddress())
                .addKeyValue("port", opened.getAddress().getPort())
                .log("The dashboard is open");
    }

    private @Nullable HttpServer open() {
        try {
            return HttpServer.create(new InetSocketAddress(settings.address(), settings.port()), 0);
        } catch (IOException e) {
            var where = settings.address().getHostAddress() + ":" + settings.port();
            if (portIsChosen) {
                throw new DashboardPortTaken(where, e);
            }
            log.atWarn()
                    .addKeyValue("listen", where)
                    .addKeyValue("reason", e.getMessage())
                    .addKeyValue("variable", "OFFPEAK_DASHBOARD_PORT")
                    .log(
                            "This worker runs without a dashboard: its port cannot be had; the variable names another one");
            return null;
        }
    }

    /// The HTTP server makes threads with the JDK's loader, which knows none of the classes in our jar.
    private static ThreadFactory threadsOfOurLoader() {
        var loader = Thread.currentThread().getContextClassLoader();
        var virtual = Thread.ofVirtual().name("offpeak-dashboard-", 0).factory();
        return runnable -> {
            var thread = virtual.newThread(runnable);
            thread.setContextClassLoader(loader);
            return thread;
        };
    }

    /// The port it listens on; 0 while it does not.
    synchronized int port() {
        return server == null ? 0 : server.getAddress().getPort();
    }

    @Override
    public synchronized void stop() {
        if (server == null || threads == null) {
            return;
        }
        handlers.forEach(Dashboard::close);
        server.stop(0);
        threads.shutdownNow();
        server = null;
    }

    private static void close(HttpExchangeHandler handler) {
        try {
            handler.close();
        } catch (Exception e) {
            log.atDebug().setCause(e).log("A connection of the dashboard was gone already");
        }
    }

    @Override
    public synchronized boolean isRunning() {
        return server != null;
    }

    @Override
    public int getPhase() {
        return 0;
    }
}
