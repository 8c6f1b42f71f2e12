package dev.offpeak.shared.providers;

import dev.offpeak.shared.core.TimeOrderedIds;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.springframework.jdbc.core.simple.JdbcClient;

/// Capacities from call rows: as many calls at once as the account permits, each as long as calls took
/// lately. Where the provider complained of our rate, what it let through in its best ten seconds is all
/// that counts on.
final class JdbcDirectCapacities implements DirectCapacities {

    private static final Duration KEPT = Duration.ofSeconds(2);
    private static final Duration LOOKED_AT = Duration.ofMinutes(15);

    /// Before anything was called.
    private static final double FIRST_MEAN = 2;

    private static final double FIRST_SLOW = 10;

    /// One that answers at once is still not counted on for more.
    private static final double SHORTEST_MEAN = 0.02;

    private final JdbcClient jdbc;
    private final InstantSource clock;
    private final Map<Asked, Known> known = new ConcurrentHashMap<>();

    private record Asked(ProviderAccount account, int most) {}

    private record Known(DirectCapacity capacity, Instant at) {}

    JdbcDirectCapacities(JdbcClient jdbc, InstantSource clock) {
        this.jdbc = jdbc;
        this.clock = clock;
    }

    @Override
    public DirectCapacity of(ProviderAccount account, int most) {
        Instant now = clock.instant();
        var asked = new Asked(account, most);
        Known last = known.get(asked);
        if (last != null && last.at().plus(KEPT).isAfter(now)) {
            return last.capacity();
        }
        DirectCapacity read = read(account, most, now);
        known.put(asked, new Known(read, now));
        return read;
    }

    private DirectCapacity read(ProviderAccount account, int most, Instant now) {
        return jdbc.sql("""
                WITH recent AS (   -- ids carry their time: only the young end of the key is read
                    SELECT status, error_code, begun_at, ended_at, extract(epoch FROM ended_at - begun_at) AS took
                      FROM call
                     WHERE id > :floor AND created_at > now() - interval '1 day'
                       AND provider = :provider AND account = :account
                     ORDER BY id DESC LIMIT 5000),
                seen AS (
                    SELECT avg(took) AS mean, percentile_cont(0.99) WITHIN GROUP (ORDER BY took) AS slow
                      FROM recent WHERE status = 'confirmed'),
                limited AS (
                    SELECT max(calls) / 10.0 AS rate
                      FROM (SELECT count(*) AS calls FROM recent WHERE status = 'confirmed'
                             GROUP BY floor(extract(epoch FROM ended_at) / 10)) best
                     WHERE EXISTS (SELECT FROM recent WHERE error_code = 'provider_rate_limited'))
                SELECT coalesce(seen.mean, :firstMean) AS mean, coalesce(seen.slow, :firstSlow) AS slow, limited.rate,
                       least(coalesce(pace.permits, :most), :most) AS permits,
                       (SELECT count(*) FROM job WHERE status = 'running')
                       + (SELECT count(*) FROM job WHERE status = 'queued' AND task_id IS NOT NULL) AS ahead
                  FROM seen, limited
                  LEFT JOIN provider_pace pace ON pace.provider = :provider AND pace.account = :account
                """)
                .param("floor", TimeOrderedIds.firstOf(now.minus(LOOKED_AT)))
                .param("provider", account.shownAs())
                .param("account", account.account())
                .param("firstMean", FIRST_MEAN)
                .param("firstSlow", FIRST_SLOW)
                .param("most", most)
                .query((row, _) -> {
                    double perSecond = row.getInt("permits") / Math.max(SHORTEST_MEAN, row.getDouble("mean"));
                    double let = row.getDouble("rate");
                    return new DirectCapacity(
                            let > 0 ? Math.min(let, perSecond) : perSecond,
                            Duration.ofMillis((long) (row.getDouble("slow") * 1000)),
                            row.getInt("ahead"));
                })
                .single();
    }
}
