package dev.offpeak.shared.providers;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigDecimal;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ModelCapabilitiesTest {

    @ParameterizedTest
    @CsvSource({
        "openai,gpt-4o-mini,2",
        "openai,gpt-4.1,2",
        "openai,llama3,2",
        "openai,gpt-5-chat-latest,2",
        "openai,gpt-5.2-chat-latest,2",
        "openai,o3,",
        "openai,o4-mini-2025-04-16,",
        "openai,gpt-5,",
        "openai,gpt-5.6-luna,",
        "openai,gpt-6.1-sol,",
        "openai,gpt-50,2",
        "anthropic,claude-haiku-4-5,1",
        "anthropic,claude-haiku-4-5-20251001,1",
        "anthropic,claude-opus-4-1,1",
        "anthropic,claude-opus-4-6,1",
        "anthropic,claude-opus-4-7,",
        "anthropic,claude-opus-5,",
        "anthropic,claude-fable-5-1,",
        "google,gemini-2.5-pro,"
    })
    void knowsTheHighestTemperatureOfAModel(String provider, String model, @Nullable BigDecimal highest) {
        assertThat(ModelCapabilities.highestTemperature(provider, model).orElse(null))
                .isEqualTo(highest);
        assertThat(ModelCapabilities.takesTemperature(provider, model)).isEqualTo(highest != null);
    }

    @ParameterizedTest
    @CsvSource({
        "openai,gpt-4o-mini,true",
        "openai,gpt-4,false",
        "openai,gpt-3.5-turbo,false",
        "openai,o3,true",
        "anthropic,claude-3-haiku-20240307,false",
        "anthropic,claude-sonnet-4-20250514,false",
        "anthropic,claude-sonnet-4-5,true",
        "anthropic,claude-opus-5,true"
    })
    void knowsWhichModelsFollowSchemas(String provider, String model, boolean follows) {
        assertThat(ModelCapabilities.followsSchemas(provider, model)).isEqualTo(follows);
    }

    @ParameterizedTest
    @CsvSource({
        "openai,o3,true",
        "openai,o3-2025-04-16,true",
        "openai,o3-mini,false",
        "openai,o4-mini,true",
        "openai,gpt-4o,false",
        "openai,gpt-5,true",
        "openai,gpt-5-nano-2025-08-07,true",
        "openai,gpt-5-chat-latest,false",
        "openai,gpt-5.6-luna,true",
        "openai,gpt-6-astra,true",
        "openai,llama3,false",
        "anthropic,claude-opus-5,false"
    })
    void knowsWhichModelsAnswerOnTheFlexTier(String provider, String model, boolean takes) {
        assertThat(ModelCapabilities.takesFlex(provider, model)).isEqualTo(takes);
    }
}
