package dev.offpeak.worker.generation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.offpeak.shared.core.ErrorCode;
import dev.offpeak.shared.core.JobId;
import dev.offpeak.shared.core.Usd;
import dev.offpeak.shared.core.WorkerId;
import dev.offpeak.shared.jobs.SettledCosts;
import dev.offpeak.shared.ledger.Call;
import dev.offpeak.shared.ledger.CallStore;
import dev.offpeak.shared.ledger.Charge;
import dev.offpeak.shared.ledger.OpenCosts;
import dev.offpeak.shared.providers.Usage;
import dev.offpeak.shared.telemetry.Metric;
import dev.offpeak.worker.engine.WorkerIdentity;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class CostUpkeepTest {

    private final List<String> done = new ArrayList<>();
    private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
    private final CostUpkeepConfiguration upkeep = new CostUpkeepConfiguration();

    @Test
    void holdsNobodyForDeadAfterAnOutageOfTheDatabase() {
        upkeep.abandonCallsOfTheDead(new Calls(), new Worker(false), registry).tidy();
        assertThat(done).isEmpty();

        upkeep.abandonCallsOfTheDead(new Calls(), new Worker(true), registry).tidy();
        assertThat(done).containsExactly("abandoned of the dead after PT8S");
    }

    @Test
    void countsWhatNobodySawTheAnswerOf() {
        upkeep.abandonCallsOfTheDead(new Calls(), new Worker(true), registry).tidy();
        upkeep.abandonCalls(new Calls(), registry).tidy();

        assertThat(Metric.COST_UNCONFIRMED
                        .counter(registry, "openai", "gpt-4o-mini")
                        .count())
                .isEqualTo(0.5);
    }

    @Test
    void writesOffBeforeItTellsAndGoesOnWhileThereIsMore() {
        var left = new ArrayList<>(List.of(200, 200, 3));
        OpenCosts open = new OpenCosts() {
            @Override
            public int writeOff(Duration after, int limit) {
                done.add("written off after " + after);
                return left.removeFirst();
            }

            @Override
            public Sum sum() {
                return new Sum(0, Usd.ZERO);
            }
        };
        SettledCosts settled = limit -> {
            done.add("told");
            return 0;
        };

        upkeep.settleCosts(open, settled, new LedgerSettings(Duration.ofHours(24)))
                .tidy();

        assertThat(done)
                .containsExactly(
                        "written off after PT24H", "written off after PT24H", "written off after PT24H", "told");
    }

    private record Worker(boolean mayJudge) implements WorkerIdentity {

        @Override
        public WorkerId id() {
            return new WorkerId(new UUID(1, 1));
        }

        @Override
        public boolean mayStart() {
            return true;
        }

        @Override
        public Duration deadAfter() {
            return Duration.ofSeconds(8);
        }
    }

    /// Has one call to abandon each time, which costs a quarter of a dollar.
    private final class Calls implements CallStore {

        private static final List<Estimate> ESTIMATES =
                List.of(new Estimate("openai", "gpt-4o-mini", Usd.of("0.25")), new Estimate("openai", "unknown", null));

        @Override
        public boolean begin(Call call) {
            return true;
        }

        @Override
        public void confirm(Call call, Usage usage, Charge charge, @Nullable String requestId) {}

        @Override
        public void leaveUnconfirmed(Call call, ErrorCode why) {}

        @Override
        public void notBilled(Call call, ErrorCode why) {}

        @Override
        public List<Estimate> abandonEarlier(JobId job, long fence) {
            return List.of();
        }

        @Override
        public List<Estimate> abandonOfTheDead(Duration deadAfter) {
            done.add("abandoned of the dead after " + deadAfter);
            return ESTIMATES;
        }

        @Override
        public List<Estimate> abandonOlderThan(Duration age) {
            return ESTIMATES;
        }
    }
}
