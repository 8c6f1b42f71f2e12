package dev.offpeak.api.problems;

import dev.offpeak.shared.core.ErrorCode;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.Semaphore;
import org.springframework.web.filter.OncePerRequestFilter;

/// Sends requests away while too many are under way. Each has a thread of its own that costs next to
/// nothing, so only memory bounds how many wait; while the database is away they pile up, and a process
/// that runs out of memory serves nobody ever after.
///
/// Tomcat's SemaphoreValve does the same, but its refusals have no `Retry-After`, no request id and no
/// problem, and no metric counts them.
final class CrowdFilter extends OncePerRequestFilter {

    /// What a request holds while it waits, with room to spare: its buffers and its stack. In an outage a
    /// heap of 256 MB was full with about 1,700 of them.
    static final long BYTES_A_REQUEST = 512 * 1024;

    private static final Duration AGAIN_IN = Duration.ofSeconds(1);

    private final ProblemWriter problems;
    private final Semaphore places;

    /// @param most requests under way at once
    CrowdFilter(ProblemWriter problems, int most) {
        this.problems = problems;
        this.places = new Semaphore(most);
    }

    /// How many this process can bear, by the heap that it was given.
    static int most(long heapBytes) {
        return Math.clamp(heapBytes / BYTES_A_REQUEST, 64, 10_000);
    }

    @Override
    protected void doFilterInternal(HttpServletRequest request, HttpServletResponse response, FilterChain chain)
            throws ServletException, IOException {
        if (!places.tryAcquire()) {
            problems.write(
                    Problem.of(ErrorCode.UNAVAILABLE, "Too many requests are under way just now.")
                            .retryAfter(AGAIN_IN),
                    request,
                    response);
            return;
        }
        try {
            chain.doFilter(request, response);
        } finally {
            places.release();
        }
    }
}
