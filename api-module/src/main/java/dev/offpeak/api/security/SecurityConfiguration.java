package dev.offpeak.api.security;

import static org.springframework.http.HttpMethod.GET;
import static org.springframework.http.HttpMethod.HEAD;
import static org.springframework.http.HttpMethod.POST;

import com.github.benmanes.caffeine.cache.Ticker;
import dev.offpeak.api.problems.Problem;
import dev.offpeak.api.problems.ProblemWriter;
import dev.offpeak.shared.core.ErrorCode;
import dev.offpeak.shared.tenants.TenantStore;
import org.springframework.boot.security.autoconfigure.actuate.web.servlet.EndpointRequest;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.annotation.Order;
import org.springframework.http.HttpHeaders;
import org.springframework.security.config.annotation.web.builders.HttpSecurity;
import org.springframework.security.config.annotation.web.configurers.AbstractHttpConfigurer;
import org.springframework.security.config.http.SessionCreationPolicy;
import org.springframework.security.config.observation.SecurityObservationSettings;
import org.springframework.security.web.AuthenticationEntryPoint;
import org.springframework.security.web.SecurityFilterChain;
import org.springframework.security.web.access.AccessDeniedHandler;
import org.springframework.security.web.authentication.UsernamePasswordAuthenticationFilter;
import org.springframework.security.web.firewall.RequestRejectedHandler;

/// Which scope opens which route.
@Configuration(proxyBeanMethods = false)
class SecurityConfiguration {

    private static final String JOBS = "jobs";
    private static final String READ = "read";
    private static final String ADMIN = "admin";
    private static final String OPERATOR = "operator";

    @Bean
    Callers callers(TenantStore store) {
        return new Callers(store, Ticker.systemTicker());
    }

    /// Nobody asked how long each of a dozen filters takes, and to measure it costs several times what they do.
    @Bean
    SecurityObservationSettings unobservedFilters() {
        return SecurityObservationSettings.noObservations();
    }

    /// The management port listens on the loopback unless told otherwise, and knows no tenants.
    @Bean
    @Order(1)
    SecurityFilterChain management(HttpSecurity http) {
        return http.securityMatcher(EndpointRequest.toAnyEndpoint())
                .authorizeHttpRequests(routes -> routes.anyRequest().permitAll())
                .csrf(AbstractHttpConfigurer::disable)
                .build();
    }

    @Bean
    @Order(2)
    SecurityFilterChain api(HttpSecurity http, Callers callers, ProblemWriter problems) {
        return http.authorizeHttpRequests(routes -> routes.requestMatchers(
                                "/v1/openapi.json",
                                "/v1/openapi.json/**",
                                "/docs",
                                "/docs/**",
                                "/swagger-ui/**",
                                "/error",
                                "/v1/provider-webhooks/**")
                        .permitAll()
                        .requestMatchers("/v1/tenants", "/v1/tenants/**", "/v1/provider-batches")
                        .hasAuthority(OPERATOR)
                        .requestMatchers("/v1/api-keys", "/v1/api-keys/**")
                        .hasAnyAuthority(ADMIN, OPERATOR)
                        .requestMatchers(GET, "/v1/workflows", "/v1/workflows/**", "/v1/templates", "/v1/templates/**")
                        .hasAnyAuthority(JOBS, READ, ADMIN)
                        .requestMatchers(HEAD, "/v1/workflows", "/v1/workflows/**", "/v1/templates", "/v1/templates/**")
                        .hasAnyAuthority(JOBS, READ, ADMIN)
                        .requestMatchers("/v1/workflows", "/v1/workflows/**", "/v1/templates", "/v1/templates/**")
                        .hasAuthority(ADMIN)
                        .requestMatchers(GET, "/v1/jobs", "/v1/jobs/**")
                        .hasAnyAuthority(JOBS, READ)
                        .requestMatchers(HEAD, "/v1/jobs", "/v1/jobs/**")
                        .hasAnyAuthority(JOBS, READ)
                        .requestMatchers(POST, "/v1/jobs", "/v1/jobs/**")
                        .hasAuthority(JOBS)
                        .requestMatchers(GET, "/v1/batches", "/v1/batches/**")
                        .hasAnyAuthority(JOBS, READ)
                        .requestMatchers(HEAD, "/v1/batches", "/v1/batches/**")
                        .hasAnyAuthority(JOBS, READ)
                        .requestMatchers(POST, "/v1/batches", "/v1/batches/**")
                        .hasAuthority(JOBS)
                        .requestMatchers(POST, "/v1/estimates")
                        .hasAnyAuthority(JOBS, READ, ADMIN)
                        .requestMatchers(GET, "/v1/**")
                        .hasAnyAuthority(READ, ADMIN)
                        .requestMatchers(HEAD, "/v1/**")
                        .hasAnyAuthority(READ, ADMIN)
                        .anyRequest()
                        .authenticated())
                .addFilterBefore(new BearerFilter(callers, problems), UsernamePasswordAuthenticationFilter.class)
                .exceptionHandling(refusals ->
                        refusals.authenticationEntryPoint(nobody(problems)).accessDeniedHandler(tooLittle(problems)))
                .sessionManagement(session -> session.sessionCreationPolicy(SessionCreationPolicy.STATELESS))
                .csrf(AbstractHttpConfigurer::disable) // no cookie authenticates anybody
                .formLogin(AbstractHttpConfigurer::disable)
                .httpBasic(AbstractHttpConfigurer::disable)
                .logout(AbstractHttpConfigurer::disable)
                .requestCache(AbstractHttpConfigurer::disable)
                .build();
    }

    @Bean
    RequestRejectedHandler requestRejectedHandler(ProblemWriter problems) {
        return (request, response, _) -> problems.write(
                Problem.of(ErrorCode.INVALID_REQUEST, "The path or a header has characters that are not allowed."),
                request,
                response);
    }

    private static AuthenticationEntryPoint nobody(ProblemWriter problems) {
        return (request, response, _) -> {
            response.setHeader(HttpHeaders.WWW_AUTHENTICATE, Challenges.MISSING);
            problems.write(
                    Problem.of(ErrorCode.UNAUTHENTICATED, "Send an API key: Authorization: Bearer <key>."),
                    request,
                    response);
        };
    }

    private static AccessDeniedHandler tooLittle(ProblemWriter problems) {
        return (request, response, _) -> {
            response.setHeader(HttpHeaders.WWW_AUTHENTICATE, Challenges.SCOPE);
            problems.write(Problem.of(ErrorCode.FORBIDDEN, "This key lacks the scope for that."), request, response);
        };
    }
}
