package dev.offpeak.simulator.answers;

import dev.offpeak.simulator.json.Json;
import dev.offpeak.simulator.state.CannedAnswer;
import dev.offpeak.simulator.state.PromptHash;
import dev.offpeak.simulator.state.State;
import dev.offpeak.simulator.tokens.Hashes;
import dev.offpeak.simulator.tokens.Tokens;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import org.jspecify.annotations.Nullable;

/// Writes answers.
public final class Author {
    private static final RandomGeneratorFactory<RandomGenerator> RANDOM = RandomGeneratorFactory.of("SplittableRandom");

    private final State state;
    private final Tokens tokens;

    public Author(State state, Tokens tokens) {
        this.state = state;
        this.tokens = tokens;
    }

    public Answer answer(Question question) {
        CannedAnswer canned = state.answerTo(PromptHash.of(question.prompt()));
        return canned == null ? invented(question) : supplied(question, canned);
    }

    private Answer supplied(Question question, CannedAnswer canned) {
        return switch (canned.finish()) {
            case STOP -> bounded(question, canned.answer(), Answer.End.STOP, null);
            case LENGTH -> bounded(question, canned.answer(), Answer.End.LENGTH, null);
            case REFUSAL -> bounded(question, canned.answer(), Answer.End.REFUSAL, null);
            case EMPTY -> new Answer("", 0, Answer.End.EMPTY, null, null);
            case TOOL -> bounded(question, canned.answer(), Answer.End.TOOL, toolOf(question));
        };
    }

    private Answer invented(Question question) {
        RandomGenerator random = RANDOM.create(Hashes.mix(
                Hashes.mix(Hashes.of(question.model()), Hashes.of(question.prompt())),
                Hashes.mix(state.behaviour().seed(), question.choice())));
        Question.Tool tool = question.tool();
        if (tool != null) {
            String arguments = Json.text(new SchemaFiller(random, tool.schema()).value());
            return bounded(question, arguments, Answer.End.TOOL, tool.name());
        }
        if (question.schema() != null) {
            return bounded(
                    question, Json.text(new SchemaFiller(random, question.schema()).value()), Answer.End.STOP, null);
        }
        String prose = new Prose(random).about(question.prompt());
        if (question.json()) {
            return bounded(question, Json.text(Json.object().put("answer", prose)), Answer.End.STOP, null);
        }
        return bounded(question, prose, Answer.End.STOP, null);
    }

    private Answer bounded(Question question, String whole, Answer.End end, @Nullable String tool) {
        String text = whole;
        String stoppedBy = null;
        if (tool == null) {
            int first = Integer.MAX_VALUE;
            for (String stop : question.stops()) {
                int at = stop.isEmpty() ? -1 : whole.indexOf(stop);
                if (at >= 0 && at < first) {
                    first = at;
                    stoppedBy = stop;
                    text = whole.substring(0, at);
                }
            }
        }
        int extra = tool == null ? 0 : tokens.count(question.model(), tool);
        long room = question.maxTokens() == null ? Long.MAX_VALUE : Math.max(0, question.maxTokens() - extra);
        Tokens.Cut cut = tokens.cut(question.model(), text, room);
        if (cut.shortened()) {
            return new Answer(cut.text(), cut.tokens() + extra, Answer.End.LENGTH, tool, null);
        }
        Answer.End how = stoppedBy == null ? end : Answer.End.STOP_SEQUENCE;
        return new Answer(text, cut.tokens() + extra, how, tool, stoppedBy);
    }

    private static String toolOf(Question question) {
        if (question.tool() != null) {
            return question.tool().name();
        }
        return question.anyTool() == null ? "tool" : question.anyTool();
    }
}
