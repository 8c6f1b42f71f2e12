package dev.offpeak.shared.providers;

import java.time.Duration;
import org.springframework.jdbc.core.simple.JdbcClient;

final class JdbcPaceStore implements PaceStore {

    private final JdbcClient jdbc;

    JdbcPaceStore(JdbcClient jdbc) {
        this.jdbc = jdbc;
    }

    @Override
    public Pace read(ProviderAccount account, int most) {
        return jdbc.sql("""
                SELECT coalesce(pace.permits, :most) AS permits,
                       -- '-infinity' has no distance, so it is cut to now
                       coalesce(extract(epoch FROM greatest(pace.paused_until, now()) - now()), 0) AS pause,
                       (SELECT count(*) FROM worker WHERE stopped_at IS NULL AND beat_at > now() - interval '8 seconds') AS workers
                  FROM (SELECT 1) one
                  LEFT JOIN provider_pace pace ON pace.provider = :provider AND pace.account = :account
                """)
                .param("most", most)
                .param("provider", account.shownAs())
                .param("account", account.account())
                .query((row, _) -> new Pace(
                        row.getInt("permits"),
                        Duration.ofMillis((long) (row.getDouble("pause") * 1000)),
                        row.getInt("workers")))
                .single();
    }

    @Override
    public void slowDown(ProviderAccount account, Duration pause, int most) {
        jdbc.sql("""
                INSERT INTO provider_pace AS pace (provider, account, permits, paused_until)
                VALUES (:provider, :account, greatest(1, :most * 7 / 10), now() + make_interval(secs => :pause))
                ON CONFLICT (provider, account) DO UPDATE
                   SET paused_until = greatest(pace.paused_until, excluded.paused_until),
                       permits = CASE WHEN pace.changed_at < now() - interval '1 second'
                                      THEN greatest(1, pace.permits * 7 / 10) ELSE pace.permits END,
                       changed_at = CASE WHEN pace.changed_at < now() - interval '1 second' THEN now() ELSE pace.changed_at END
                """)
                .param("provider", account.shownAs())
                .param("account", account.account())
                .param("most", most)
                .param("pause", pause.toMillis() / 1000.0)
                .update();
    }

    @Override
    public void speedUp(ProviderAccount account, int most) {
        jdbc.sql("""
                UPDATE provider_pace SET permits = least(:most, permits + greatest(1, permits / 10)), changed_at = now()
                 WHERE provider = :provider AND account = :account AND permits < :most
                   AND changed_at < now() - interval '2 seconds' AND paused_until < now() - interval '2 seconds'
                """)
                .param("provider", account.shownAs())
                .param("account", account.account())
                .param("most", most)
                .update();
    }
}
