package dev.offpeak.api.problems;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import jakarta.servlet.ServletException;
import java.io.IOException;
import org.junit.jupiter.api.Test;
import org.springframework.mock.web.MockHttpServletRequest;
import org.springframework.mock.web.MockHttpServletResponse;
import tools.jackson.databind.json.JsonMapper;

class CrowdFilterTest {

    private final ProblemWriter problems =
            new ProblemWriter(JsonMapper.builder().build(), new SimpleMeterRegistry());
    private final CrowdFilter filter = new CrowdFilter(problems, 1);
    private final MockHttpServletResponse turnedAway = new MockHttpServletResponse();
    private int served;

    @Test
    void sendsAwayWhoComesWhileAllPlacesAreTakenAndNobodyElse() throws Exception {
        pass(() -> filter.doFilter(request(), turnedAway, (_, _) -> served++));
        pass(() -> served++);

        assertThat(served).as("after the crowd").isEqualTo(1);
        assertThat(turnedAway.getStatus()).isEqualTo(503);
        assertThat(turnedAway.getHeader("Retry-After")).isEqualTo("1");
        assertThat(turnedAway.getContentAsString()).contains("\"code\":\"unavailable\"");
    }

    @Test
    void bearsAsManyAsTheHeapHoldsAndAFewInAnyCase() {
        assertThat(CrowdFilter.most(256L << 20)).isEqualTo(512);
        assertThat(CrowdFilter.most(1L << 20)).isEqualTo(64);
        assertThat(CrowdFilter.most(64L << 30)).isEqualTo(10_000);
    }

    private void pass(Work meanwhile) throws ServletException, IOException {
        filter.doFilter(request(), new MockHttpServletResponse(), (_, _) -> meanwhile.run());
    }

    private static MockHttpServletRequest request() {
        return new MockHttpServletRequest("GET", "/v1/jobs");
    }

    private interface Work {
        void run() throws ServletException, IOException;
    }
}
