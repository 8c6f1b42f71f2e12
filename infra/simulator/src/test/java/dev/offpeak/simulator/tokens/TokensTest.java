package dev.offpeak.simulator.tokens;

import static org.assertj.core.api.Assertions.assertThat;

import com.knuddels.jtokkit.api.EncodingType;
import org.junit.jupiter.api.Test;

class TokensTest {
    private final Tokens tokens = new Tokens();

    @Test
    void choosesTheVocabularyByAMapOfItsOwn() {
        assertThat(Tokens.vocabulary("gpt-4.1-mini")).isEqualTo(EncodingType.O200K_BASE);
        assertThat(Tokens.vocabulary("gpt-5-nano")).isEqualTo(EncodingType.O200K_BASE);
        assertThat(Tokens.vocabulary("o4-mini")).isEqualTo(EncodingType.O200K_BASE);
        assertThat(Tokens.vocabulary("claude-haiku-4-5")).isEqualTo(EncodingType.O200K_BASE);
        assertThat(Tokens.vocabulary("gpt-3.5-turbo")).isEqualTo(EncodingType.CL100K_BASE);
        assertThat(Tokens.vocabulary("text-embedding-3-small")).isEqualTo(EncodingType.CL100K_BASE);
    }

    @Test
    void countsWhatThePublishedVocabulariesSay() {
        assertThat(tokens.count("gpt-4o", "tiktoken is great!")).isEqualTo(6);
        assertThat(tokens.count("gpt-3.5-turbo", "tiktoken is great!")).isEqualTo(6);
        assertThat(tokens.count("gpt-4o", "")).isZero();
    }

    @Test
    void countsTextThatLooksLikeASpecialTokenAsText() {
        assertThat(tokens.count("gpt-4o", "<|endoftext|>")).isGreaterThan(1);
    }

    @Test
    void cutsToTheFirstTokens() {
        Tokens.Cut cut = tokens.cut("gpt-4o", "one two three four", 2);

        assertThat(cut.text()).isEqualTo("one two");
        assertThat(cut.tokens()).isEqualTo(2);
        assertThat(cut.shortened()).isTrue();
        assertThat(tokens.cut("gpt-4o", "one two", 2).shortened()).isFalse();
        assertThat(tokens.cut("gpt-4o", "one two", 0).text()).isEmpty();
    }
}
