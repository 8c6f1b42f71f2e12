package dev.offpeak.simulator.serving;

import dev.offpeak.simulator.models.Provider;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/// How a provider says what all of them say.
public interface Dialect {
    Provider provider();

    /// Throws [Refused] where the caller does not authenticate, or asks for an unknown version of the API.
    void greet(HttpServletRequest request) throws Refused;

    /// The headers of any answer.
    void head(HttpServletResponse response, String requestId);

    byte[] error(Refused refused, String requestId);

    Refused unreadable();

    Refused tooLarge(long maxBytes);

    Refused noSuchRoute(String method, String path);

    Refused wrongMethod(String method, String path);

    /// A failure with the given status that the behaviour asked for.
    Refused failure(int status);

    /// There is no capacity to spare for a call at the price of batches. Nothing ran.
    default Refused crowded() {
        return failure(429);
    }

    /// The limit is used up; null where waiting does not help, as the call alone exceeds it.
    Refused limited(String model, String unit, long limit, @Nullable Duration wait);

    void limits(HttpServletResponse response, RateLimits.View view);
}
