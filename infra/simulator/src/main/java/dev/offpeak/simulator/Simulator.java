package dev.offpeak.simulator;

import dev.offpeak.simulator.state.State;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.springframework.boot.Banner;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.context.logging.LoggingApplicationListener;
import org.springframework.boot.web.server.servlet.context.ServletWebServerApplicationContext;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.support.GenericApplicationContext;

/// A running simulator, in an application context of its own that takes nothing from the one around it: neither
/// beans, nor auto-configuration, nor configuration files.
public final class Simulator implements AutoCloseable {
    private static final String NAME = "offpeak-simulator";

    private final ConfigurableApplicationContext context;
    private final String address;
    private final int port;

    private Simulator(ConfigurableApplicationContext context, String address, int port) {
        this.context = context;
        this.address = address;
        this.port = port;
    }

    /// Starts one on loopback inside this process. Port 0 takes a free one; the journal is kept in
    /// `dataDir/simulator`.
    ///
    /// Throws [IOException] when the folder cannot be used, for instance because another simulator uses it, and
    /// [org.springframework.boot.web.server.PortInUseException] when the port is taken.
    public static Simulator start(int port, Path dataDir) throws IOException {
        return start(new Settings(Settings.LOOPBACK, port, Settings.folder(dataDir)), false);
    }

    static Simulator start(Settings settings, boolean ownProcess) throws IOException {
        var state = new State(settings.folder());
        try {
            return start(settings, state, ownProcess);
        } catch (RuntimeException e) {
            state.close();
            throw e;
        }
    }

    private static Simulator start(Settings settings, State state, boolean ownProcess) {
        var builder = new SpringApplicationBuilder(SimulatorConfiguration.class)
                .web(WebApplicationType.SERVLET)
                .bannerMode(Banner.Mode.OFF)
                .logStartupInfo(false)
                .registerShutdownHook(ownProcess)
                .initializers(context -> {
                    var beans = (GenericApplicationContext) context;
                    beans.registerBean(Settings.class, () -> settings);
                    beans.registerBean(State.class, () -> state);
                })
                .properties(Map.of("spring.config.name", NAME, "spring.application.name", NAME));
        SpringApplication application = builder.application();
        if (!ownProcess) {
            // The process has set up its logging; a second application would set it back to the defaults.
            application.setListeners(application.getListeners().stream()
                    .filter(listener -> !(listener instanceof LoggingApplicationListener))
                    .toList());
        }
        var context = (ServletWebServerApplicationContext) builder.run();
        var server = context.getWebServer();
        if (server == null) {
            throw new IllegalStateException("the context has no web server");
        }
        return new Simulator(context, settings.address(), server.getPort());
    }

    public int port() {
        return port;
    }

    /// What a client of OpenAI takes as its base URL.
    public String openAiUrl() {
        return "http://" + host() + ":" + port + "/v1";
    }

    /// What a client of Anthropic takes as its base URL; the client itself appends `/v1`.
    public String anthropicUrl() {
        return "http://" + host() + ":" + port + "/anthropic";
    }

    @Override
    public void close() {
        context.close();
    }

    private String host() {
        return List.of("0.0.0.0", "::").contains(address)
                ? InetAddress.getLoopbackAddress().getHostAddress()
                : address;
    }
}
