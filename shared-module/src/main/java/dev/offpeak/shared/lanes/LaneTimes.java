package dev.offpeak.shared.lanes;

import static java.util.function.Function.identity;
import static java.util.stream.Collectors.toUnmodifiableMap;

import dev.offpeak.shared.lanes.LaneObservations.Due;
import dev.offpeak.shared.lanes.LaneObservations.Observed;
import dev.offpeak.shared.providers.DirectCapacities;
import dev.offpeak.shared.providers.DirectCapacity;
import dev.offpeak.shared.providers.ProviderAccount;
import java.time.Clock;
import java.time.Duration;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/// How long things are expected to take: what was observed, laid over what was expected before. Everything
/// is read rarely and kept; while the database is away what was known last goes on to hold.
public final class LaneTimes {

    private final LaneSettings settings;
    private final Clock clock;
    private final Kept<Map<Key, Observed>> batches;
    private final Kept<Map<Key, Observed>> calls;
    private final DirectCapacities observed;
    private final Map<ProviderAccount, Kept<DirectCapacity>> capacities = new ConcurrentHashMap<>();
    private final Kept<List<Due>> due;

    private record Key(
            String provider, String model, @Nullable Integer hour) {}

    /// @param observed what accounts take of calls, as rescues go by it
    LaneTimes(LaneObservations observations, DirectCapacities observed, LaneSettings settings, Clock clock) {
        this.observed = observed;
        this.settings = settings;
        this.clock = clock;
        this.batches = new Kept<>(
                () -> byKey(observations.batches(settings.expectedBatch())), Map.of(), settings.observeEvery(), clock);
        this.calls = new Kept<>(() -> byKey(observations.calls()), Map.of(), settings.observeEvery(), clock);
        this.due = new Kept<>(observations::due, List.of(), settings.countEvery(), clock);
    }

    private static Map<Key, Observed> byKey(List<Observed> observed) {
        return observed.stream()
                .collect(toUnmodifiableMap(one -> new Key(one.provider(), one.model(), one.hour()), identity()));
    }

    /// From sending a provider batch, at this hour, to its end.
    ///
    /// @param window after which the provider ends it
    public Quantiles batch(ProviderAccount account, String model, Duration window) {
        int hour = clock.instant().atOffset(ZoneOffset.UTC).getHour();
        Map<Key, Observed> observed = batches.get();
        Quantiles always = updated(
                Quantiles.expected(settings.expectedBatch()), observed, new Key(account.shownAs(), model, null));
        return updated(always, observed, new Key(account.shownAs(), model, hour))
                .atMost(window);
    }

    /// What a line's deadline must leave where it is to go through a provider batch: as long as nine of ten
    /// take, and a call after all.
    ///
    /// @param window after which the provider ends it
    public Duration neededByLine(ProviderAccount account, String model, Duration window) {
        return settings.collectFor()
                .plus(batch(account, model, window).p90())
                .plus(call(account, model).p99().multipliedBy(2))
                .plus(settings.safetyMargin());
    }

    /// From a direct call to its answer.
    public Quantiles call(ProviderAccount account, String model) {
        return updated(
                Quantiles.expected(settings.expectedCall()), calls.get(), new Key(account.shownAs(), model, null));
    }

    /// From a flex call to its answer.
    Quantiles flex() {
        return Quantiles.expected(settings.expectedFlex());
    }

    /// What the direct lane can bear for somebody whose deadline leaves so much time.
    public Capacity capacity(ProviderAccount account, String model, Duration timeLeft) {
        return new Capacity(call(account, model), observed(account).perSecond(), ahead(account, timeLeft));
    }

    private DirectCapacity observed(ProviderAccount account) {
        return capacities
                .computeIfAbsent(
                        account,
                        key -> new Kept<>(
                                () -> observed.of(key, settings.direct().permits()),
                                expected(),
                                settings.observeEvery(),
                                clock))
                .get();
    }

    /// Where nothing could be read yet.
    private DirectCapacity expected() {
        var call = Quantiles.expected(settings.expectedCall());
        double seconds = Math.max(1, call.p50().toMillis()) / 1e3;
        return new DirectCapacity(settings.direct().permits() / seconds, call.p99(), 0);
    }

    private long ahead(ProviderAccount account, Duration timeLeft) {
        return due.get().stream()
                .filter(jobs -> jobs.provider() == null || jobs.provider().equals(account.shownAs()))
                .filter(jobs -> jobs.within().compareTo(timeLeft) <= 0)
                .mapToLong(Due::jobs)
                .sum();
    }

    private Quantiles updated(Quantiles expected, Map<Key, Observed> observed, Key key) {
        Observed seen = observed.get(key);
        return seen == null ? expected : expected.updatedBy(seen.took(), seen.seen(), settings.expectationWeight());
    }
}
