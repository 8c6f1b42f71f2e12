package dev.offpeak.worker.providers.anthropic;

import com.anthropic.core.http.HttpRequestBody;
import java.io.OutputStream;
import org.jspecify.annotations.Nullable;

/// A body that is not to be sent twice.
record SingleUseBody(HttpRequestBody body) implements HttpRequestBody {

    @Override
    public void writeTo(OutputStream out) {
        body.writeTo(out);
    }

    @Override
    public @Nullable String contentType() {
        return body.contentType();
    }

    @Override
    public long contentLength() {
        return body.contentLength();
    }

    @Override
    public boolean repeatable() {
        return false;
    }

    @Override
    public void close() {
        body.close();
    }
}
