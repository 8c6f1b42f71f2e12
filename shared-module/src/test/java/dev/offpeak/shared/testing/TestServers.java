package dev.offpeak.shared.testing;

import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;
import java.util.random.RandomGenerator;
import org.springframework.test.context.DynamicPropertyRegistry;

/// A PostgreSQL and a Redis for tests, shared by all tests of a JVM and started when first asked for.
///
/// In this order: the servers in `OFFPEAK_TEST_POSTGRES_URL` (a JDBC address, user and password as query parameters)
/// and
/// `OFFPEAK_TEST_REDIS_URL`, an empty one counting as unset; a container where a Docker engine answers; an embedded
/// one.
/// Everything a test gets is its own: a database that nobody else uses, and a key prefix in Redis.
/// What was made on a server that outlives us is removed when the JVM ends.
public final class TestServers {
    /// All that we make on somebody's server begins with this, so that it can be told from theirs.
    static final String RUN = "offpeak_test_" + randomName();

    /// How often a server is started on a port that was free a moment ago: another test run may take it meanwhile.
    static final int ATTEMPTS = 3;

    /// Where a server came from.
    public enum Origin {
        EXTERNAL,
        CONTAINER,
        EMBEDDED
    }

    /// A database of the test's own.
    ///
    /// @param jdbcUrl its address, without user and password
    public record Database(String jdbcUrl, String username, String password) {}

    /// A Redis, in which the test writes only keys that begin with its prefix.
    ///
    /// @param url as `redis://host:port`
    /// @param keyPrefix ends in a colon
    public record Redis(String url, String keyPrefix) {}

    private TestServers() {}

    /// A database of the caller's own that holds the whole schema. It is copied from a template that was migrated once,
    /// so it costs milliseconds: ask for one per test class.
    ///
    /// @throws IllegalStateException when no server could be reached or started
    public static Database freshDatabase() {
        return Postgres.SERVER.migrated();
    }

    /// A database of the caller's own with nothing in it, for tests of the migrations themselves.
    ///
    /// @throws IllegalStateException when no server could be reached or started
    public static Database emptyDatabase() {
        return Postgres.SERVER.empty();
    }

    /// The Redis, with a key prefix of the caller's own.
    ///
    /// @throws IllegalStateException when no server could be reached or started
    public static Redis freshRedis() {
        return new Redis(Cache.SERVER.url(), RUN + ":" + randomName() + ":");
    }

    /// Where the PostgreSQL of this JVM comes from; starts it if need be.
    public static Origin postgresOrigin() {
        return Postgres.SERVER.origin();
    }

    /// Where the Redis of this JVM comes from; starts it if need be.
    public static Origin redisOrigin() {
        return Cache.SERVER.origin();
    }

    /// Gives a Spring test a database with the schema and a Redis of its own; call it from a `@DynamicPropertySource`.
    /// [TestServersInitializer] does the same without a method in the test class.
    public static void register(DynamicPropertyRegistry registry) {
        springProperties().forEach((name, value) -> registry.add(name, () -> value));
    }

    static Map<String, String> springProperties() {
        var database = freshDatabase();
        var redis = freshRedis();
        return Map.of(
                "spring.datasource.url", database.jdbcUrl(),
                "spring.datasource.username", database.username(),
                "spring.datasource.password", database.password(),
                "spring.data.redis.url", redis.url(),
                "offpeak.redis.key-prefix", redis.keyPrefix(),
                "offpeak.secret-key", "a key that only tests use");
    }

    static Optional<String> variable(String name) {
        return Optional.ofNullable(System.getenv(name)).map(String::strip).filter(value -> !value.isEmpty());
    }

    static String randomName() {
        return HexFormat.of().toHexDigits(RandomGenerator.getDefault().nextLong());
    }

    /// Started when first touched, once.
    private static final class Postgres {
        private static final TestPostgres SERVER = TestPostgres.start();
    }

    /// Started when first touched, once.
    private static final class Cache {
        private static final TestRedis SERVER = TestRedis.start();
    }
}
