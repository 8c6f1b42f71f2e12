package dev.offpeak.shared.testing;

import dev.offpeak.shared.testing.TestServers.Origin;
import io.lettuce.core.KeyScanCursor;
import io.lettuce.core.RedisClient;
import io.lettuce.core.ScanArgs;
import io.lettuce.core.ScanCursor;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.Map;
import org.testcontainers.containers.GenericContainer;
import redis.embedded.RedisServer;
import redis.embedded.core.ExecutableProvider;
import redis.embedded.model.OsArchitecture;

/// The Redis of this JVM.
///
/// @param url as `redis://host:port`
record TestRedis(Origin origin, String url) {
    private static final int REDIS_PORT = 6379;

    static TestRedis start() {
        var named = TestServers.variable("OFFPEAK_TEST_REDIS_URL");
        if (named.isPresent()) {
            var external = new TestRedis(Origin.EXTERNAL, named.get());
            Runtime.getRuntime().addShutdownHook(new Thread(external::deleteOurKeys, "test-keys-delete"));
            return external;
        }
        return Docker.answers() ? container() : embedded();
    }

    // Nobody closes the container: it serves until the JVM ends, then Testcontainers' reaper removes it.
    @SuppressWarnings("resource")
    private static TestRedis container() {
        var container = new GenericContainer<>("redis:8-alpine").withExposedPorts(REDIS_PORT);
        container.start();
        return new TestRedis(
                Origin.CONTAINER, "redis://" + container.getHost() + ":" + container.getMappedPort(REDIS_PORT));
    }

    private static TestRedis embedded() {
        var failed = new IllegalStateException("The embedded Redis does not start");
        for (int attempt = 0; attempt < TestServers.ATTEMPTS; attempt++) {
            try {
                var port = freePort();
                try {
                    start(port, ExecutableProvider.newJarResourceProvider());
                } catch (IOException _) {
                    // The one for old x86 is linked statically, so it runs where the other misses OpenSSL 3.
                    start(
                            port,
                            ExecutableProvider.newJarResourceProvider(Map.of(
                                    OsArchitecture.detectOSandArchitecture(),
                                    ExecutableProvider.newProvidedVersionsMap().get(OsArchitecture.UNIX_x86))));
                }
                return new TestRedis(Origin.EMBEDDED, "redis://127.0.0.1:" + port);
            } catch (IOException e) {
                failed.addSuppressed(e);
            }
        }
        throw failed;
    }

    private static void start(int port, ExecutableProvider program) throws IOException {
        RedisServer.newRedisServer()
                .executableProvider(program)
                .bind("127.0.0.1")
                .port(port)
                .setting("save \"\"")
                .setting("appendonly no")
                .build()
                .start(); // its own shutdown hook stops it
    }

    private static int freePort() throws IOException {
        try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    private void deleteOurKeys() {
        try (var client = RedisClient.create(url);
                var connection = client.connect()) {
            var ours = ScanArgs.Builder.matches(TestServers.RUN + ":*").limit(1000);
            ScanCursor at = ScanCursor.INITIAL;
            while (!at.isFinished()) {
                KeyScanCursor<String> found = connection.sync().scan(at, ours);
                if (!found.getKeys().isEmpty()) {
                    connection.sync().unlink(found.getKeys().toArray(String[]::new));
                }
                at = found;
            }
        }
    }
}
