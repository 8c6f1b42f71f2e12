package dev.offpeak.simulator.answers;

import dev.offpeak.simulator.state.State;
import dev.offpeak.simulator.tokens.Hashes;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Unit vectors that are a function of model, text and seed. Each word adds a direction of its own, so texts
/// that share words are near each other; that is all the meaning there is in them.
public final class Embedder {
    private static final Pattern WORD = Pattern.compile("[\\p{L}\\p{N}]+");
    private static final double WEIGHT_OF_THE_WHOLE = 0.25;

    private final State state;

    public Embedder(State state) {
        this.state = state;
    }

    /// The vector has `full` dimensions by nature, and is cut to `wanted` and scaled to length 1 again.
    public float[] embed(String model, String text, int full, int wanted) {
        long seed = Hashes.mix(Hashes.of(model), state.behaviour().seed());
        double[] sum = new double[full];
        Matcher words = WORD.matcher(text.toLowerCase(Locale.ROOT));
        while (words.find()) {
            add(sum, Hashes.mix(seed, Hashes.of(words.group())), 1);
        }
        add(sum, Hashes.mix(seed, Hashes.of(text)), WEIGHT_OF_THE_WHOLE);
        double squares = 0;
        for (int i = 0; i < wanted; i++) {
            squares += sum[i] * sum[i];
        }
        double length = Math.sqrt(squares);
        var vector = new float[wanted];
        for (int i = 0; i < wanted; i++) {
            vector[i] = (float) (length == 0 ? 1 / Math.sqrt(wanted) : sum[i] / length);
        }
        return vector;
    }

    private static void add(double[] sum, long hash, double weight) {
        long bits = 0;
        for (int i = 0; i < sum.length; i++) {
            if (i % Long.SIZE == 0) {
                bits = Hashes.mix(hash, i);
            }
            sum[i] += (bits & 1) == 0 ? weight : -weight;
            bits >>>= 1;
        }
    }
}
