package dev.offpeak.simulator;

import dev.offpeak.simulator.answers.Author;
import dev.offpeak.simulator.answers.Embedder;
import dev.offpeak.simulator.anthropic.AnthropicConfiguration;
import dev.offpeak.simulator.batches.Batches;
import dev.offpeak.simulator.batches.LineWork;
import dev.offpeak.simulator.control.ControlConfiguration;
import dev.offpeak.simulator.models.Models;
import dev.offpeak.simulator.models.Prices;
import dev.offpeak.simulator.openai.OpenAiConfiguration;
import dev.offpeak.simulator.serving.Draws;
import dev.offpeak.simulator.serving.FaultPlan;
import dev.offpeak.simulator.serving.Ids;
import dev.offpeak.simulator.serving.Pauses;
import dev.offpeak.simulator.serving.RateLimits;
import dev.offpeak.simulator.serving.Serving;
import dev.offpeak.simulator.state.State;
import dev.offpeak.simulator.tokens.BatchPrefixCache;
import dev.offpeak.simulator.tokens.PrefixCache;
import dev.offpeak.simulator.tokens.Tokens;
import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Clock;
import java.util.List;
import org.apache.coyote.http11.AbstractHttp11Protocol;
import org.apache.tomcat.util.threads.VirtualThreadExecutor;
import org.springframework.boot.tomcat.servlet.TomcatServletWebServerFactory;
import org.springframework.boot.webmvc.autoconfigure.DispatcherServletRegistrationBean;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.web.servlet.DispatcherServlet;
import org.springframework.web.servlet.config.annotation.EnableWebMvc;

/// The whole context, by name. There is no auto-configuration and no scan: in standalone the class path also
/// holds databases, security and dashboards that are none of the simulator's business.
@Configuration(proxyBeanMethods = false)
@EnableWebMvc
@Import({OpenAiConfiguration.class, AnthropicConfiguration.class, ControlConfiguration.class, UnknownRoutes.class})
class SimulatorConfiguration {
    private static final int MAX_CONNECTIONS = 16_384;
    private static final int KEEP_ALIVE_MS = 600_000;
    private static final int CACHED_PREFIXES = 200_000;

    @Bean
    @SuppressWarnings("TimeZoneUsage") // the one place where the simulator takes the system's clock
    Clock clock() {
        return Clock.systemUTC();
    }

    @Bean
    Prices prices() {
        return Prices.load();
    }

    @Bean
    Models models(Prices prices, Clock clock) {
        return new Models(prices, clock);
    }

    @Bean
    Tokens tokens() {
        return new Tokens();
    }

    @Bean
    PrefixCache prefixCache() {
        return new PrefixCache(CACHED_PREFIXES);
    }

    @Bean
    BatchPrefixCache batchPrefixCache() {
        return new BatchPrefixCache(CACHED_PREFIXES);
    }

    @Bean
    Author author(State state, Tokens tokens) {
        return new Author(state, tokens);
    }

    @Bean
    Embedder embedder(State state) {
        return new Embedder(state);
    }

    @Bean
    Ids ids() {
        return new Ids();
    }

    @Bean
    Draws draws(State state) {
        return new Draws(state.allCalls());
    }

    @Bean
    RateLimits rateLimits() {
        return new RateLimits(System::nanoTime);
    }

    @Bean(destroyMethod = "release")
    Pauses pauses() {
        return new Pauses();
    }

    @Bean
    FaultPlan faultPlan() {
        return new FaultPlan();
    }

    @Bean
    Serving serving(
            State state,
            Prices prices,
            RateLimits limits,
            Draws draws,
            FaultPlan faults,
            Pauses pauses,
            Ids ids,
            Clock clock) {
        return new Serving(state, prices, limits, draws, faults, pauses, ids, clock);
    }

    @Bean(destroyMethod = "close")
    Batches batches(Settings settings, State state, List<LineWork> works, Ids ids, Clock clock) throws IOException {
        return new Batches(settings.folder(), state, works, ids, clock);
    }

    @Bean
    TomcatServletWebServerFactory webServer(Settings settings) throws UnknownHostException {
        var factory = new TomcatServletWebServerFactory(settings.port());
        factory.setAddress(InetAddress.getByName(settings.address()));
        factory.addProtocolHandlerCustomizers(handler -> {
            handler.setExecutor(new VirtualThreadExecutor("simulator-"));
            if (handler instanceof AbstractHttp11Protocol<?> protocol) {
                protocol.setMaxConnections(MAX_CONNECTIONS);
                // Clients pool connections for minutes; one that closes under a POST is an error they did not ask for.
                protocol.setMaxKeepAliveRequests(-1);
                protocol.setKeepAliveTimeout(KEEP_ALIVE_MS);
                // An upload that is refused early still reads its refusal, instead of a connection reset.
                protocol.setMaxSwallowSize(-1);
            }
        });
        return factory;
    }

    @Bean
    DispatcherServlet dispatcherServlet() {
        return new DispatcherServlet();
    }

    @Bean
    DispatcherServletRegistrationBean dispatcherServletRegistration(DispatcherServlet servlet) {
        var registration = new DispatcherServletRegistrationBean(servlet, "/");
        registration.setLoadOnStartup(1);
        return registration;
    }
}
