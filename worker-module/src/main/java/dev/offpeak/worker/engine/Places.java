package dev.offpeak.worker.engine;

import dev.offpeak.shared.queue.Pool;
import java.util.Map;

/// How many tasks of each pool a worker runs at once.
record Places(Map<Pool, Integer> byPool) {

    Places {
        byPool = Map.copyOf(byPool);
    }

    int of(Pool pool) {
        return byPool.getOrDefault(pool, 0);
    }

    int all() {
        return byPool.values().stream().mapToInt(Integer::intValue).sum();
    }
}
