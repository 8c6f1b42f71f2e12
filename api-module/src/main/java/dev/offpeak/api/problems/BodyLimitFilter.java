package dev.offpeak.api.problems;

import dev.offpeak.shared.core.ErrorCode;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ReadListener;
import jakarta.servlet.ServletException;
import jakarta.servlet.ServletInputStream;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletRequestWrapper;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import org.springframework.http.HttpHeaders;
import org.springframework.web.filter.OncePerRequestFilter;

/// Refuses large bodies: unread where their length is announced, else as soon as they have grown too long. Uploads are
/// let through: who takes them bounds them.
final class BodyLimitFilter extends OncePerRequestFilter {

    static final int MAX_BYTES = 1 << 20;

    private static final String UPLOADS = "/v1/batches";

    private final ProblemWriter problems;

    BodyLimitFilter(ProblemWriter problems) {
        this.problems = problems;
    }

    @Override
    protected void doFilterInternal(HttpServletRequest request, HttpServletResponse response, FilterChain chain)
            throws ServletException, IOException {
        boolean upload = UPLOADS.equals(request.getRequestURI());
        if (!upload && request.getContentLengthLong() > MAX_BYTES) {
            response.setHeader(HttpHeaders.CONNECTION, "close"); // what was not read must not look like a request
            problems.write(tooLarge(), request, response);
            return;
        }
        String encoding = request.getHeader(HttpHeaders.CONTENT_ENCODING);
        if (encoding != null && !encoding.equalsIgnoreCase("identity")) {
            problems.write(
                    Problem.at(ErrorCode.UNSUPPORTED_MEDIA_TYPE, "Content-Encoding", "must be identity"),
                    request,
                    response);
            return;
        }
        chain.doFilter(upload ? request : new Limited(request), response);
    }

    private static Problem tooLarge() {
        return Problem.of(ErrorCode.PAYLOAD_TOO_LARGE, "A body may have at most " + MAX_BYTES + " bytes.");
    }

    private static final class Limited extends HttpServletRequestWrapper {

        private Limited(HttpServletRequest request) {
            super(request);
        }

        @Override
        public ServletInputStream getInputStream() throws IOException {
            return new Counting(super.getInputStream());
        }
    }

    private static final class Counting extends ServletInputStream {

        private final ServletInputStream body;
        private long read;

        private Counting(ServletInputStream body) {
            this.body = body;
        }

        @Override
        public int read() throws IOException {
            int next = body.read();
            count(next < 0 ? 0 : 1);
            return next;
        }

        @Override
        public int read(byte[] buffer, int offset, int length) throws IOException {
            int got = body.read(buffer, offset, length);
            count(Math.max(got, 0));
            return got;
        }

        private void count(int bytes) {
            read += bytes;
            if (read > MAX_BYTES) {
                throw tooLarge();
            }
        }

        @Override
        public boolean isFinished() {
            return body.isFinished();
        }

        @Override
        public boolean isReady() {
            return body.isReady();
        }

        @Override
        public void setReadListener(ReadListener listener) {
            body.setReadListener(listener);
        }
    }
}
