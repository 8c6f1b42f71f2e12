package dev.offpeak.shared.providers;

import static org.assertj.core.api.Assertions.assertThat;

import com.knuddels.jtokkit.Encodings;
import com.knuddels.jtokkit.api.Encoding;
import com.knuddels.jtokkit.api.EncodingType;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TokenEstimateTest {

    private static final Encoding GPT_4O = Encodings.newLazyEncodingRegistry().getEncoding(EncodingType.O200K_BASE);

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Which planet of the solar system has the most moons, and who found the first of them?",
                "Die Bundesversicherungsanstalt prüft, ob die Arbeitsunfähigkeitsbescheinigung rechtzeitig einging.",
                "Le cœur a ses raisons que la raison ne connaît point ; on le sait en mille choses.",
                "{\"id\":\"ord_12345\",\"items\":[{\"sku\":\"A-17\",\"qty\":3,\"price\":19.99}],\"paid\":true}",
                "for (int i = 0; i < list.size(); i++) {\n        sum += list.get(i).amount() * 1.19;\n    }\n",
                "2026-11-21T12:00:00Z,192.168.0.1,443,200,17.25,0.0031\n2026-11-21T12:00:01Z,10.0.0.7,80,404,3.5,0.01\n",
                "太阳系中哪颗行星的卫星最多？请简要回答，并给出理由。",
                "太陽系で最も多くの衛星を持つ惑星はどれですか。簡潔に答えてください。",
                "Какая планета Солнечной системы имеет больше всего спутников?",
                "أي كوكب في المجموعة الشمسية لديه أكبر عدد من الأقمار؟",
                "सौर मंडल के किस ग्रह के सबसे अधिक चंद्रमा हैं?",
                "🚀🌕✨ ship it!! 👩‍👩‍👧‍👦 🎉🎉🎉",
                "",
            })
    void isNotBelowTheTrueCountNorFarAboveIt(String text) {
        long counted = GPT_4O.countTokensOrdinary(text);

        long estimate = TokenEstimate.ofText("openai", text);

        assertThat(estimate).isBetween(counted, 4 * counted + 4);
    }

    @Test
    void staysBelowTwiceTheTrueCountOfEnglishProse() {
        String text = "The quick answer is that nobody knows yet, because the last survey of small moons has not been"
                + " published; astronomers expect that Saturn keeps its lead for a long time.";

        assertThat(TokenEstimate.ofText("openai", text)).isLessThan(2L * GPT_4O.countTokensOrdinary(text));
    }

    @Test
    void allowsForTheFrameOfEachMessage() {
        var messages = List.of(
                new ChatMessage(ChatMessage.Role.SYSTEM, "Be brief."), new ChatMessage(ChatMessage.Role.USER, "Hi"));

        long text = TokenEstimate.ofText("openai", "Be brief.") + TokenEstimate.ofText("openai", "Hi");

        assertThat(TokenEstimate.of("openai", messages, new ResponseFormat.Text()))
                .isGreaterThanOrEqualTo(text + 11);
    }

    @Test
    void allowsMoreForAnthropic() {
        assertThat(TokenEstimate.ofText("anthropic", "word ".repeat(1_000)))
                .isEqualTo(Math.ceilDiv(TokenEstimate.ofText("openai", "word ".repeat(3_000)) * 14, 30));
    }

    @Test
    void countsTheSchemaOfTheAnswerAsPartOfThePrompt() {
        var format = new ResponseFormat.JsonSchema("x", "{\"type\":\"object\"}".repeat(100), true);

        assertThat(TokenEstimate.of("openai", List.of(), format)).isGreaterThan(400);
    }
}
