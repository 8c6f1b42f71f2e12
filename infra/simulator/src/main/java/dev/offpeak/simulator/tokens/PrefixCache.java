package dev.offpeak.simulator.tokens;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/// The providers' prompt caches, in memory: a restart empties them, as it would a real one after a while. At
/// most `capacity` prefixes are remembered, by a 64-bit hash; the least recently used go first.
public final class PrefixCache {
    /// How long OpenAI keeps an idle prefix: the upper end of what is documented for models before GPT-5.6.
    static final Duration OPENAI_IDLE = Duration.ofMinutes(10);

    private static final int OPENAI_STEP = 128;
    private static final int ANTHROPIC_LOOK_BACK = 20;

    private record Kept(Instant readableAt, Instant expiresAt, Duration life) {}

    private final Map<Long, Kept> kept;

    public PrefixCache(int capacity) {
        kept = new LinkedHashMap<>(1024, 0.75f, true) {
            @Override
            protected boolean removeEldestEntry(Map.Entry<Long, Kept> eldest) {
                return size() > capacity;
            }
        };
    }

    /// The end of a block of an Anthropic prompt: the hash of everything up to it, the tokens up to it, and for
    /// how long the client asked to keep it, zero where it set no breakpoint.
    public record Block(long prefixHash, long tokensUpTo, Duration keep) {}

    /// A prefix that was written at a moment, from which its life counts.
    public record Written(long prefixHash, Instant at, Duration keep) {}

    /// What the cache did to a prompt, in tokens.
    public record Effect(long read, long written5m, long written1h) {}

    public synchronized void clear() {
        kept.clear();
    }

    /// OpenAI: the longest known prefix from `minimum` tokens on, in steps of 128. Remembers all prefixes of
    /// this prompt.
    public synchronized Effect openai(String model, int[] prompt, int minimum, boolean countsWrites, Instant now) {
        long hash = Hashes.of(model);
        int read = 0;
        int longest = 0;
        for (int i = 0; i < prompt.length; i++) {
            hash = Hashes.mix(hash, prompt[i]);
            int length = i + 1;
            if (length >= minimum && length % OPENAI_STEP == 0) {
                longest = length;
                if (live(hash, now, now)) {
                    read = length;
                }
                kept.put(hash, new Kept(now, now.plus(OPENAI_IDLE), OPENAI_IDLE));
            }
        }
        return new Effect(read, countsWrites ? longest - read : 0, 0);
    }

    /// Anthropic: reads the longest known prefix that ends at a breakpoint or at most 20 blocks before it,
    /// writes the breakpoints behind it. Prefixes shorter than `minimum` tokens are silently not cached. What
    /// is written can be read from `readableAt` on, when the answer begins; its life counts from `now`, and a
    /// read renews it.
    public Effect anthropic(List<Block> blocks, int minimum, Instant now, Instant readableAt) {
        return anthropic(blocks, minimum, now, now, written -> publish(List.of(written), readableAt));
    }

    /// The same for a reader that sees only what could be read at `readsAsOf`; what it writes goes to `writes`,
    /// and can be read by nobody before it is published.
    public synchronized Effect anthropic(
            List<Block> blocks, int minimum, Instant now, Instant readsAsOf, Consumer<Written> writes) {
        int hit = longestHit(blocks, minimum, now, readsAsOf);
        long known = hit < 0 ? 0 : blocks.get(hit).tokensUpTo();
        if (hit >= 0) {
            renew(blocks.get(hit).prefixHash(), now);
        }
        long written5m = 0;
        long written1h = 0;
        long covered = known;
        for (int i = hit + 1; i < blocks.size(); i++) {
            Block block = blocks.get(i);
            if (block.keep().isZero() || block.tokensUpTo() < minimum) {
                continue;
            }
            long grown = block.tokensUpTo() - covered;
            covered = block.tokensUpTo();
            if (block.keep().compareTo(Duration.ofMinutes(5)) > 0) {
                written1h += grown;
            } else {
                written5m += grown;
            }
            writes.accept(new Written(block.prefixHash(), now, block.keep()));
        }
        return new Effect(known, written5m, written1h);
    }

    public synchronized void publish(Collection<Written> all, Instant readableAt) {
        for (Written one : all) {
            kept.put(one.prefixHash(), new Kept(readableAt, one.at().plus(one.keep()), one.keep()));
        }
    }

    private int longestHit(List<Block> blocks, int minimum, Instant now, Instant readsAsOf) {
        List<Integer> breakpoints = new ArrayList<>();
        for (int i = 0; i < blocks.size(); i++) {
            if (!blocks.get(i).keep().isZero()) {
                breakpoints.add(i);
            }
        }
        int best = -1;
        for (int end : breakpoints) {
            for (int i = end; i >= 0 && i > end - ANTHROPIC_LOOK_BACK && i > best; i--) {
                if (blocks.get(i).tokensUpTo() >= minimum && live(blocks.get(i).prefixHash(), now, readsAsOf)) {
                    best = i;
                }
            }
        }
        return best;
    }

    private void renew(long hash, Instant now) {
        Kept entry = kept.get(hash);
        if (entry != null) {
            kept.put(hash, new Kept(entry.readableAt(), now.plus(entry.life()), entry.life()));
        }
    }

    private boolean live(long hash, Instant now, Instant readsAsOf) {
        Kept entry = kept.get(hash);
        return entry != null
                && !entry.readableAt().isAfter(readsAsOf)
                && entry.expiresAt().isAfter(now);
    }
}
