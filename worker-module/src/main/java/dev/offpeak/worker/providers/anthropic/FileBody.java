package dev.offpeak.worker.providers.anthropic;

import com.anthropic.core.http.HttpRequestBody;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;

/// A body that is streamed from a file: the SDK would hold a quarter of a gigabyte in memory, twice. Not to
/// be sent twice either.
record FileBody(Path file, long contentLength) implements HttpRequestBody {

    static FileBody of(Path file) throws IOException {
        return new FileBody(file, Files.size(file));
    }

    @Override
    public void writeTo(OutputStream out) {
        try {
            Files.copy(file, out);
        } catch (IOException broken) {
            throw FileBody.<RuntimeException>asItIs(broken);
        }
    }

    /// The HTTP client minds a connection that breaks only as the checked exception that the SDK's
    /// interface, being Kotlin, does not declare.
    @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"}) // because that is the trick
    private static <E extends Exception> E asItIs(IOException broken) throws E {
        throw (E) broken;
    }

    @Override
    public String contentType() {
        return "application/json";
    }

    @Override
    public boolean repeatable() {
        return false;
    }

    @Override
    public void close() {
        // opened and closed while it is written
    }
}
