package dev.offpeak.standalone;

import org.jspecify.annotations.Nullable;

/// The PostgreSQL and the Redis that everything stands on: our own under the data folder, or those of the operator.
///
/// @param redisUrl with the password in it, where it has one: not for logs
/// @param ownPostgres null when the operator named one
/// @param ownRedis null when the operator named one
record Servers(
        PostgresAccess postgres,
        String redisUrl,
        @Nullable PostgresServer ownPostgres,
        @Nullable RedisServer ownRedis) implements AutoCloseable {

    /// Starts what the operator did not name.
    ///
    /// @throws CannotStart when one of ours does not come up; then none is left running
    static Servers start(DataFolder folder, StandaloneSettings settings) {
        var redisUrl = settings.redisUrl();
        if (redisUrl != null) {
            return withPostgres(folder, settings, redisUrl, null);
        }
        var redis = RedisServer.start(folder);
        try {
            return withPostgres(folder, settings, redis.url(), redis.server());
        } catch (CannotStart e) {
            redis.server().close();
            throw e;
        }
    }

    private static Servers withPostgres(
            DataFolder folder, StandaloneSettings settings, String redisUrl, @Nullable RedisServer ownRedis) {
        var named = settings.postgres();
        if (named != null) {
            return new Servers(named, redisUrl, null, ownRedis);
        }
        var postgres = PostgresServer.start(folder, ServerIdentity.ofThisMachine());
        return new Servers(postgres.access(), redisUrl, postgres.server(), ownRedis);
    }

    /// Ends our own; the operator's are not ours to end.
    @Override
    public void close() {
        if (ownPostgres != null) {
            ownPostgres.close();
        }
        if (ownRedis != null) {
            ownRedis.close();
        }
    }

    @Override
    public String toString() {
        return "Servers[" + postgres + "]";
    }
}
