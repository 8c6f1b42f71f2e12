package dev.offpeak.api.batches;

import dev.offpeak.api.problems.Problem;
import dev.offpeak.shared.core.ErrorCode;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.SocketTimeoutException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.HexFormat;
import java.util.function.LongSupplier;

/// A body that has arrived whole, in a file.
///
/// @param sha256 of its bytes
record ReceivedBody(SpoolFile file, String sha256) implements Closeable {

    /// @throws Problem where it breaks off, comes too slowly or is too large: nothing is kept then
    static ReceivedBody receive(InputStream body, BatchSettings settings) {
        return receive(body, settings, System::nanoTime);
    }

    static ReceivedBody receive(InputStream body, BatchSettings settings, LongSupplier nanos) {
        try {
            var file = SpoolFile.in(settings.spoolDirectory());
            try {
                return new ReceivedBody(file, spool(body, file.out(), settings, nanos));
            } catch (IOException | RuntimeException | Error e) {
                file.close();
                throw e;
            }
        } catch (IOException disk) {
            throw new UncheckedIOException("an upload could not be written to a file", disk);
        }
    }

    private static String spool(InputStream body, OutputStream file, BatchSettings settings, LongSupplier nanos)
            throws IOException {
        long begun = nanos.getAsLong();
        var sha256 = digest();
        var buffer = new byte[1 << 16];
        long bytes = 0;
        long lines = 0;
        boolean open = false; // the last line has not ended yet
        for (int read = read(body, buffer); read >= 0; read = read(body, buffer)) {
            bytes += read;
            for (int i = 0; i < read; i++) {
                lines += open ? 0 : 1;
                open = buffer[i] != '\n';
            }
            if (bytes > settings.mostBytes().toBytes()) {
                throw tooLarge(settings);
            }
            if (lines > settings.mostLines()) {
                throw Problem.of(
                        ErrorCode.PAYLOAD_TOO_LARGE, "An upload may have at most " + settings.mostLines() + " lines.");
            }
            refuseTrickling(bytes, Duration.ofNanos(nanos.getAsLong() - begun), settings);
            sha256.update(buffer, 0, read);
            file.write(buffer, 0, read);
        }
        return HexFormat.of().formatHex(sha256.digest());
    }

    /// It holds a place that others wait for.
    private static void refuseTrickling(long bytes, Duration took, BatchSettings settings) {
        long least = settings.leastUploadRate().toBytes();
        Duration allowed = settings.uploadGrace().plusSeconds(bytes / least);
        if (took.compareTo(allowed) > 0) {
            throw Problem.of(
                    ErrorCode.REQUEST_TIMEOUT,
                    "The upload arrives too slowly: after "
                            + settings.uploadGrace().toSeconds()
                            + " seconds it must have come at " + least
                            + " bytes a second; nothing of it is kept.");
        }
    }

    static Problem tooLarge(BatchSettings settings) {
        return Problem.of(
                ErrorCode.PAYLOAD_TOO_LARGE,
                "An upload may have at most " + settings.mostBytes().toBytes() + " bytes.");
    }

    private static int read(InputStream body, byte[] buffer) {
        try {
            return body.read(buffer);
        } catch (IOException broken) {
            if (isTimeout(broken)) {
                throw Problem.of(
                        ErrorCode.REQUEST_TIMEOUT,
                        "The upload stopped: nothing came for as long as the server waits; nothing of it is kept.");
            }
            throw Problem.of(ErrorCode.INVALID_REQUEST, "The upload broke off; nothing of it is kept.");
        }
    }

    /// Tomcat wraps the time-out of its socket into its own.
    private static boolean isTimeout(IOException broken) {
        for (Throwable at = broken; at != null; at = at.getCause()) {
            if (at instanceof SocketTimeoutException) {
                return true;
            }
        }
        return false;
    }

    private static MessageDigest digest() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }

    @Override
    public void close() throws IOException {
        file.close();
    }
}
