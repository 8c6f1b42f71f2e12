package dev.offpeak.worker;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.jspecify.annotations.Nullable;

/// A way to a database that can be cut, or swallow what is sent.
public final class FlakyProxy implements AutoCloseable {

    private final ServerSocket server;
    private final Queue<Link> links = new ConcurrentLinkedQueue<>();
    private volatile @Nullable URI target;
    private volatile boolean away;

    public FlakyProxy() {
        try {
            server = new ServerSocket(0, 200, InetAddress.getLoopbackAddress());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        Thread.ofPlatform().daemon().name("flaky-proxy").start(this::accept);
    }

    /// @return the same database, through this proxy
    public String before(String jdbcUrl) {
        var uri = URI.create(jdbcUrl.replaceFirst("^jdbc:", ""));
        target = uri;
        return jdbcUrl.replace(uri.getAuthority(), "127.0.0.1:" + server.getLocalPort());
    }

    /// Ends all connections and lets none come about.
    public void cut() {
        away = true;
        links.forEach(Link::close);
        links.clear();
    }

    public void mend() {
        away = false;
    }

    /// From now on the connections that there are carry nothing, as if the other end had vanished; new ones do.
    public void swallow() {
        links.forEach(link -> link.dead = true);
        links.clear();
    }

    private void accept() {
        while (!server.isClosed()) {
            try {
                Socket client = server.accept();
                if (away) {
                    client.close();
                } else {
                    URI where = Objects.requireNonNull(target);
                    var link = new Link(client, new Socket(where.getHost(), where.getPort()));
                    links.add(link);
                    if (away) { // since just now
                        link.close();
                    }
                }
            } catch (IOException refusedOrClosed) {
                // the next one
            }
        }
    }

    @Override
    public void close() {
        cut();
        try {
            server.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static final class Link {

        private final Socket client;
        private final Socket database;
        private volatile boolean dead;

        Link(Socket client, Socket database) {
            this.client = client;
            this.database = database;
            Thread.ofVirtual().start(() -> carry(client, database));
            Thread.ofVirtual().start(() -> carry(database, client));
        }

        private void carry(Socket from, Socket to) {
            var buffer = new byte[8192];
            try {
                int read = from.getInputStream().read(buffer);
                while (read >= 0) {
                    if (!dead) {
                        to.getOutputStream().write(buffer, 0, read);
                    }
                    read = from.getInputStream().read(buffer);
                }
            } catch (IOException ended) {
                // and so does the other direction
            }
            if (!dead) {
                close();
            }
        }

        void close() {
            try (client;
                    database) {
                dead = true;
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }
}
