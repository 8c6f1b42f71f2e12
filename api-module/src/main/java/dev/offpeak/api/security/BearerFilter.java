package dev.offpeak.api.security;

import dev.offpeak.api.problems.Problem;
import dev.offpeak.api.problems.ProblemWriter;
import dev.offpeak.shared.core.ErrorCode;
import dev.offpeak.shared.tenants.KeySecret;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import org.slf4j.MDC;
import org.springframework.dao.DataAccessException;
import org.springframework.http.HttpHeaders;
import org.springframework.security.core.context.SecurityContextHolder;
import org.springframework.web.filter.OncePerRequestFilter;

/// Turns `Authorization: Bearer <api key>` into an [ApiCaller]. A request without the header goes on as nobody's; one
/// with a wrong key ends here.
final class BearerFilter extends OncePerRequestFilter {

    private static final String BEARER = "bearer ";
    private static final int LONGEST_KEY = 512;

    private final Callers callers;
    private final ProblemWriter problems;

    BearerFilter(Callers callers, ProblemWriter problems) {
        this.callers = callers;
        this.problems = problems;
    }

    @Override
    protected void doFilterInternal(HttpServletRequest request, HttpServletResponse response, FilterChain chain)
            throws ServletException, IOException {
        List<String> headers = Collections.list(request.getHeaders(HttpHeaders.AUTHORIZATION));
        if (headers.isEmpty()) {
            chain.doFilter(request, response);
            return;
        }
        Optional<ApiCaller> caller;
        try {
            caller = headers.size() == 1 ? holder(headers.getFirst()) : Optional.empty();
        } catch (DataAccessException _) {
            problems.write(
                    Problem.of(ErrorCode.UNAVAILABLE, "The database cannot be reached just now.")
                            .retryAfter(Duration.ofSeconds(2)),
                    request,
                    response);
            return;
        }
        if (caller.isEmpty()) {
            response.setHeader(HttpHeaders.WWW_AUTHENTICATE, Challenges.INVALID);
            problems.write(
                    Problem.of(ErrorCode.UNAUTHENTICATED, "The API key is not valid, was revoked or has expired."),
                    request,
                    response);
            return;
        }
        var context = SecurityContextHolder.createEmptyContext();
        context.setAuthentication(new CallerAuthentication(caller.get()));
        SecurityContextHolder.setContext(context);
        try (var _ = MDC.putCloseable("tenant", caller.get().tenant().toString())) {
            chain.doFilter(request, response);
        }
    }

    private Optional<ApiCaller> holder(String header) {
        boolean bearer = header.regionMatches(true, 0, BEARER, 0, BEARER.length());
        String key = bearer ? header.substring(BEARER.length()).strip() : "";
        if (key.isEmpty() || key.length() > LONGEST_KEY) {
            return Optional.empty();
        }
        return callers.holderOf(KeySecret.of(key));
    }
}
