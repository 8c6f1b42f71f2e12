package dev.offpeak.simulator.tokens;

import dev.offpeak.simulator.tokens.PrefixCache.Block;
import dev.offpeak.simulator.tokens.PrefixCache.Effect;
import dev.offpeak.simulator.tokens.PrefixCache.Written;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Anthropic's prompt cache as its batches were measured to use it: apart from that of single messages, and read
/// only by batches that were started after the batch that wrote has ended. Lines of one batch never read what
/// the others wrote. In memory, like the other one.
public final class BatchPrefixCache {
    private static final int MAX_WRITTEN = 100_000;

    private final PrefixCache published;
    private final Map<String, Map<Long, Written>> pending = new HashMap<>();

    public BatchPrefixCache(int capacity) {
        published = new PrefixCache(capacity);
    }

    /// A line of the batch meets the cache.
    public synchronized Effect line(String batch, Instant startedAt, List<Block> blocks, int minimum, Instant now) {
        Map<Long, Written> writes = pending.computeIfAbsent(batch, _ -> new LinkedHashMap<>());
        return published.anthropic(blocks, minimum, now, startedAt, written -> {
            if (writes.size() < MAX_WRITTEN || writes.containsKey(written.prefixHash())) {
                writes.put(written.prefixHash(), written);
            }
        });
    }

    /// What the prompt would cost a cache that knows nothing of it.
    public static Effect cold(List<Block> blocks, int minimum) {
        return new PrefixCache(1).anthropic(blocks, minimum, Instant.EPOCH, Instant.EPOCH, _ -> {});
    }

    /// The batch is over: its writes can be read.
    public synchronized void ended(String batch, Instant now) {
        Map<Long, Written> writes = pending.remove(batch);
        if (writes != null) {
            published.publish(new ArrayList<>(writes.values()), now);
        }
    }

    public synchronized void clear() {
        pending.clear();
        published.clear();
    }
}
