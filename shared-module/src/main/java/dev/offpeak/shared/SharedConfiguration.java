package dev.offpeak.shared;

import dev.offpeak.shared.core.IdGenerator;
import dev.offpeak.shared.core.Sleeper;
import dev.offpeak.shared.core.TimeOrderedIds;
import java.time.Clock;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.context.annotation.Bean;

/// The one clock, and what else a test wants to hold still.
@AutoConfiguration
class SharedConfiguration {

    @Bean
    @ConditionalOnMissingBean
    @SuppressWarnings("TimeZoneUsage") // This is the bean that all others derive time from.
    Clock clock() {
        return Clock.systemUTC();
    }

    @Bean
    @ConditionalOnMissingBean
    IdGenerator idGenerator(Clock clock) {
        return new TimeOrderedIds(clock);
    }

    @Bean
    @ConditionalOnMissingBean
    Sleeper sleeper() {
        return Thread::sleep;
    }
}
