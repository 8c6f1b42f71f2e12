package dev.offpeak.simulator.openai;

import dev.offpeak.simulator.answers.Answer;
import dev.offpeak.simulator.answers.Author;
import dev.offpeak.simulator.answers.Question;
import dev.offpeak.simulator.models.Model;
import dev.offpeak.simulator.models.Usage;
import dev.offpeak.simulator.tokens.PrefixCache;
import dev.offpeak.simulator.tokens.Tokens;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// What chat completions and responses have in common: reading the prompt cache, thinking, answering, counting.
final class Generation {
    private final Tokens tokens;
    private final PrefixCache cache;
    private final Author author;
    private final boolean batched;

    private Generation(Tokens tokens, PrefixCache cache, Author author, boolean batched) {
        this.tokens = tokens;
        this.cache = cache;
        this.author = author;
        this.batched = batched;
    }

    Generation(Tokens tokens, PrefixCache cache, Author author) {
        this(tokens, cache, author, false);
    }

    /// The same for lines of batches, whose prompts are cached from GPT-5 on only.
    Generation batched() {
        return new Generation(tokens, cache, author, true);
    }

    /// What is asked, in neither endpoint's words. `thinking` is how many tokens the model reasons before it
    /// answers.
    record Asked(
            Model model,
            OpenAiPrompt prompt,
            long inputTokens,
            int choices,
            @Nullable JsonNode schema,
            boolean json,
            Question.@Nullable Tool tool,
            @Nullable String anyTool,
            List<String> stops,
            @Nullable Long maxTokens,
            long thinking) {}

    /// What came of it. The usage's output contains `thought`.
    record Result(List<Answer> answers, Usage usage, long thought) {}

    Tokens tokens() {
        return tokens;
    }

    Result run(Asked asked, Instant now) {
        Long max = asked.maxTokens();
        long thought = max == null ? asked.thinking() : Math.min(max, asked.thinking());
        List<Answer> answers = new ArrayList<>();
        long output = 0;
        for (int choice = 0; choice < asked.choices(); choice++) {
            Answer answer = author.answer(new Question(
                    asked.model().name(),
                    asked.prompt().lastUser(),
                    choice,
                    asked.schema(),
                    asked.json(),
                    asked.tool(),
                    asked.anyTool(),
                    asked.stops(),
                    max == null ? null : (Long) (max - thought)));
            answers.add(answer);
            output += answer.tokens() + thought;
        }
        PrefixCache.Effect effect = lookUp(asked, now);
        Usage usage = new Usage(asked.inputTokens(), effect.read(), effect.written5m(), 0, output);
        return new Result(answers, usage, thought * asked.choices());
    }

    private PrefixCache.Effect lookUp(Asked asked, Instant now) {
        Model model = asked.model();
        boolean caches = model.cacheFrom() > 0 && !(batched && beforeGpt5(model.name()));
        if (!caches || asked.inputTokens() < model.cacheFrom()) {
            return new PrefixCache.Effect(0, 0, 0);
        }
        return cache.openai(
                model.name(), asked.prompt().ids(tokens, model.name()), model.cacheFrom(), model.cacheWrites(), now);
    }

    private static boolean beforeGpt5(String model) {
        return !model.matches("gpt-([5-9]|[1-9][0-9]).*");
    }

    /// A choice of ours, as real models think as long as they like: nothing unless the client asks for an
    /// effort.
    static long thinking(Model model, @Nullable String effort) {
        if (!model.reasons() || effort == null) {
            return 0;
        }
        return switch (effort) {
            case "low" -> 64;
            case "medium" -> 128;
            case "high" -> 256;
            case "xhigh", "max" -> 512;
            default -> 0;
        };
    }
}
