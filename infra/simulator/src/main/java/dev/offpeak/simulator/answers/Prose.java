package dev.offpeak.simulator.answers;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.random.RandomGenerator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Plausible sentences about a few words of the prompt.
final class Prose {
    private static final Pattern WORD = Pattern.compile("\\p{L}{4,20}");
    private static final int WORDS_READ = 40;
    private static final Set<String> DULL = Set.of(
            "about",
            "after",
            "again",
            "also",
            "answer",
            "been",
            "before",
            "below",
            "describe",
            "each",
            "from",
            "give",
            "have",
            "here",
            "into",
            "just",
            "like",
            "list",
            "make",
            "more",
            "most",
            "only",
            "other",
            "over",
            "please",
            "prompt",
            "should",
            "some",
            "tell",
            "text",
            "than",
            "that",
            "their",
            "them",
            "then",
            "there",
            "these",
            "they",
            "this",
            "what",
            "when",
            "where",
            "which",
            "while",
            "will",
            "with",
            "word",
            "words",
            "would",
            "write",
            "your");
    private static final List<String> OPENINGS = List.of(
            "In short, %s comes down to a few clear points.",
            "There are three things worth knowing about %s.",
            "The most useful way to look at %s is from the reader's side.",
            "Here is a concise view of %s.",
            "%s is best understood by its purpose.",
            "Taken as a whole, %s holds up well.");
    private static final List<String> MIDDLES = List.of(
            "First, %s should be %s and easy to check.",
            "It relates to %s, which keeps the result %s.",
            "People who care about %s usually want something %s.",
            "A %2$s approach to %1$s saves time later.",
            "Compared with other options, %s stays %s even under pressure.",
            "What matters for %s is that it remains %s in daily use.",
            "Note that %s depends on the setting, so keep it %s.");
    private static final List<String> ENDINGS = List.of(
            "Start small, measure, and adjust.",
            "That is enough for most cases.",
            "If in doubt, prefer the simpler choice.",
            "The details can follow once this is settled.",
            "This keeps effort low and quality steady.",
            "A short review at the end is worth the time.");
    private static final List<String> QUALITIES = List.of(
            "reliable",
            "simple",
            "durable",
            "clear",
            "honest",
            "light",
            "precise",
            "practical",
            "consistent",
            "affordable",
            "well documented",
            "easy to maintain");

    private final RandomGenerator random;

    Prose(RandomGenerator random) {
        this.random = random;
    }

    String about(String prompt) {
        List<String> topics = topics(prompt);
        var text = new StringBuilder(capital(pick(OPENINGS).formatted(pick(topics))));
        int middles = 1 + random.nextInt(3);
        int first = random.nextInt(MIDDLES.size());
        for (int i = 0; i < middles; i++) {
            String middle = MIDDLES.get((first + i) % MIDDLES.size());
            text.append(' ').append(capital(middle.formatted(pick(topics), pick(QUALITIES))));
        }
        return text.append(' ').append(pick(ENDINGS)).toString();
    }

    String word() {
        return pick(QUALITIES).replace(' ', '-');
    }

    String sentence() {
        return pick(ENDINGS);
    }

    private <T> T pick(List<T> choices) {
        return choices.get(random.nextInt(choices.size()));
    }

    private static List<String> topics(String prompt) {
        Set<String> words = new LinkedHashSet<>();
        // A long prompt's beginning says enough; reading all of it would cost more than the answer.
        Matcher matcher = WORD.matcher(prompt.substring(0, Math.min(prompt.length(), 2_000)));
        while (matcher.find() && words.size() < WORDS_READ) {
            String word = matcher.group().toLowerCase(Locale.ROOT);
            if (!DULL.contains(word)) {
                words.add(word);
            }
        }
        return words.isEmpty() ? List.of("the request") : List.copyOf(words);
    }

    private static String capital(String sentence) {
        return sentence.substring(0, 1).toUpperCase(Locale.ROOT) + sentence.substring(1);
    }
}
