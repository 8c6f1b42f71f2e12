package dev.offpeak.api;

import static org.assertj.core.api.Assertions.assertThat;

import jakarta.servlet.ServletContext;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;

@RunningApi
class CrowdIT {

    @Autowired
    private ServletContext server;

    @Test
    void everyRequestPassesWhatBoundsTheCrowd() {
        assertThat(server.getFilterRegistrations().values())
                .filteredOn(filter -> "dev.offpeak.api.problems.CrowdFilter".equals(filter.getClassName()))
                .singleElement()
                .satisfies(filter -> assertThat(filter.getUrlPatternMappings()).containsExactly("/*"));
    }
}
