package dev.offpeak.worker.providers;

import dev.offpeak.shared.providers.ProviderError;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import javax.net.ssl.SSLHandshakeException;
import javax.net.ssl.SSLPeerUnverifiedException;

/// What a status or a broken connection means, the same for every vendor. Where a request may have run, the answer is
/// never that nothing ran: an unconfirmed call is corrected later, a bill that we denied is not.
public final class Failures {

    private static final Set<String> NO_CREDIT = Set.of("insufficient_quota", "billing_hard_limit_reached");

    private Failures() {}

    /// @param status any status but a success
    /// @param retryAfter what the provider asked for, where it did
    /// @param vendorCode the provider's own code or type, else `http_400` and the like
    /// @param detail free of prompts, answers and keys
    public static ProviderError ofStatus(int status, Optional<Duration> retryAfter, String vendorCode, String detail) {
        return switch (status) {
            case 401, 403 -> new ProviderError.Unauthenticated(detail);
            // No credit is no matter of pace: to wait out a pause would help nobody.
            case 429 ->
                NO_CREDIT.contains(vendorCode)
                        ? new ProviderError.Unavailable(vendorCode + ": " + detail)
                        : new ProviderError.RateLimited(retryAfter, vendorCode, detail);
            case 529 -> new ProviderError.Overloaded(retryAfter, detail);
            case 503 ->
                retryAfter.isPresent()
                        ? new ProviderError.Overloaded(retryAfter, detail)
                        : new ProviderError.Unavailable(detail);
            // The provider gave up waiting for us, or two requests met: neither ran, and the same one may pass later.
            case 408, 409 -> new ProviderError.Unavailable(detail);
            // A gateway gave up waiting for a model that may well have answered.
            case 504, 524 -> new ProviderError.TimedOut(detail);
            default ->
                status >= 500 ? new ProviderError.Unavailable(detail) : new ProviderError.Rejected(vendorCode, detail);
        };
    }

    /// @param failure the cause of an exchange that brought no whole answer
    public static ProviderError ofConnection(IOException failure) {
        String kind = failure.getClass().getSimpleName();
        if (nothingWasSent(failure)) {
            return new ProviderError.Unavailable("no connection: " + kind);
        }
        return failure instanceof InterruptedIOException
                ? new ProviderError.TimedOut("no whole answer in time")
                : new ProviderError.TimedOut("the connection broke: " + kind);
    }

    private static boolean nothingWasSent(IOException failure) {
        return switch (failure) {
            case ConnectException _, NoRouteToHostException _, UnknownHostException _ -> true;
            case SSLHandshakeException _, SSLPeerUnverifiedException _ -> true;
            // The JDK tells a connection that did not come about from a silent peer by its message alone.
            case SocketTimeoutException late ->
                String.valueOf(late.getMessage()).toLowerCase(Locale.ROOT).startsWith("connect timed out");
            default -> false;
        };
    }
}
