package dev.offpeak.worker;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;

/// Speaks OpenAI's protocol and does not answer until it is told to; sees when a caller hangs up.
final class HangingProvider implements AutoCloseable {

    private static final String ANSWER = """
            {"id":"c1","object":"chat.completion","created":0,"model":"gpt-4o-mini",
             "choices":[{"index":0,"finish_reason":"stop","message":{"role":"assistant","content":"42"}}],
             "usage":{"prompt_tokens":3,"completion_tokens":1,"total_tokens":4}}""";

    private final ServerSocket server;
    private final Queue<Call> calls = new ConcurrentLinkedQueue<>();
    private volatile boolean answersAtOnce;

    HangingProvider() throws IOException {
        server = new ServerSocket(0, 200, InetAddress.getLoopbackAddress());
        Thread.ofPlatform().daemon().name("hanging-provider").start(this::accept);
    }

    /// A request that arrived whole.
    static final class Call {

        private final String body;
        private final CountDownLatch mayAnswer = new CountDownLatch(1);
        private volatile @Nullable Long cutAt;

        private Call(String body) {
            this.body = body;
        }

        void answer() {
            mayAnswer.countDown();
        }

        boolean cut() {
            return cutAt != null;
        }

        /// By [System#nanoTime()].
        long cutAt() {
            Long at = cutAt;
            if (at == null) {
                throw new IllegalStateException("The caller has not hung up");
            }
            return at;
        }
    }

    URI baseUrl() {
        return URI.create("http://127.0.0.1:" + server.getLocalPort() + "/v1");
    }

    int calls() {
        return calls.size();
    }

    /// The call whose prompt holds this text.
    Optional<Call> call(String text) {
        return calls.stream().filter(call -> call.body.contains(text)).findFirst();
    }

    /// From now on nobody waits.
    void answerAtOnce() {
        answersAtOnce = true;
        calls.forEach(Call::answer);
    }

    /// From now on whoever calls waits.
    void hang() {
        answersAtOnce = false;
    }

    private void accept() {
        while (!server.isClosed()) {
            try {
                Socket socket = server.accept();
                Thread.ofVirtual().start(() -> serve(socket));
            } catch (IOException closed) {
                return;
            }
        }
    }

    private void serve(Socket socket) {
        try (socket;
                var in = new BufferedReader(new InputStreamReader(socket.getInputStream(), UTF_8))) {
            String body = body(in);
            while (body != null) {
                var call = new Call(body);
                calls.add(call);
                Thread.ofVirtual().start(() -> answerWhenTold(call, socket));
                body = next(in, call);
            }
        } catch (IOException hungUp) {
            // its call knows
        }
    }

    private static @Nullable String next(BufferedReader in, Call call) throws IOException {
        try {
            String body = body(in);
            if (body == null) {
                call.cutAt = System.nanoTime();
            }
            return body;
        } catch (IOException hungUp) {
            call.cutAt = System.nanoTime();
            throw hungUp;
        }
    }

    private static @Nullable String body(BufferedReader in) throws IOException {
        int length = 0;
        String line = in.readLine();
        if (line == null) {
            return null;
        }
        while (!line.isEmpty()) {
            if (line.toLowerCase(java.util.Locale.ROOT).startsWith("content-length:")) {
                length = Integer.parseInt(line.substring(line.indexOf(':') + 1).strip());
            }
            line = in.readLine();
        }
        var body = new char[length]; // the tests' prompts are ASCII
        for (int read = 0; read < length; ) {
            int more = in.read(body, read, length - read);
            if (more < 0) {
                return null;
            }
            read += more;
        }
        return new String(body);
    }

    private void answerWhenTold(Call call, Socket socket) {
        try {
            if (!answersAtOnce) {
                call.mayAnswer.await();
            }
            socket.getOutputStream()
                    .write(("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s"
                                    .formatted(ANSWER.length(), ANSWER))
                            .getBytes(UTF_8));
        } catch (IOException hungUp) {
            // its call knows
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void close() {
        answerAtOnce();
        try {
            server.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
