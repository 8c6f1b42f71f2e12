package dev.offpeak.shared.queue;

import java.util.Map;
import org.jobrunr.storage.navigation.AmountRequest;

/// How many tasks of each pool a worker has places for: what a fetch may take.
public final class FreePlaces extends AmountRequest {

    private final Map<Pool, Integer> places;

    public FreePlaces(Map<Pool, Integer> places) {
        super(
                "updatedAt:ASC",
                places.values().stream().mapToInt(Integer::intValue).sum());
        this.places = Map.copyOf(places);
    }

    int of(Pool pool) {
        return places.getOrDefault(pool, 0);
    }
}
