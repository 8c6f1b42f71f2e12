package dev.offpeak.worker.lanes.batch;

import static org.assertj.core.api.Assertions.assertThat;

import dev.offpeak.shared.core.BatchId;
import dev.offpeak.shared.core.IdGenerator;
import dev.offpeak.shared.core.JobId;
import dev.offpeak.shared.core.TenantId;
import dev.offpeak.shared.core.TimeOrderedIds;
import dev.offpeak.shared.core.WorkerId;
import dev.offpeak.shared.jobs.AttemptStore;
import dev.offpeak.shared.jobs.ClaimedJob;
import dev.offpeak.shared.jobs.GenerationRequest;
import dev.offpeak.shared.jobs.Lane;
import dev.offpeak.shared.jobs.LaneReason;
import dev.offpeak.shared.lanes.LaneSettings;
import dev.offpeak.shared.lanes.Lanes;
import dev.offpeak.shared.ledger.Charge;
import dev.offpeak.shared.ledger.Charges;
import dev.offpeak.shared.providerbatches.Collector;
import dev.offpeak.shared.providerbatches.Group;
import dev.offpeak.shared.providers.BatchCatalogue;
import dev.offpeak.shared.providers.ChatMessage;
import dev.offpeak.shared.providers.ProviderAccount;
import dev.offpeak.shared.providers.ResponseFormat;
import dev.offpeak.shared.providers.Usage;
import dev.offpeak.shared.workflows.CachePolicy;
import dev.offpeak.shared.workflows.ContextPolicy;
import dev.offpeak.shared.workflows.LaneRule;
import dev.offpeak.shared.workflows.Tier;
import dev.offpeak.shared.workflows.Workflow;
import dev.offpeak.shared.workflows.WorkflowDefinition;
import dev.offpeak.shared.workflows.WorkflowStore;
import dev.offpeak.worker.lanes.Candidate;
import dev.offpeak.worker.lanes.LaneOutcome;
import dev.offpeak.worker.lanes.LaneRequest;
import dev.offpeak.worker.lanes.Rules;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.springframework.transaction.support.TransactionOperations;

class BatchLaneTest {

    private static final Instant NOW = Instant.parse("2026-11-21T12:00:00Z");
    private static final List<LaneReason> WHY = List.of(new LaneReason("cheapest_in_time", "It is."));
    private static final ProviderAccount OPENAI = new ProviderAccount("openai", "default", true);
    private static final ProviderAccount ANTHROPIC = new ProviderAccount("anthropic", "default", false);

    private final IdGenerator ids = new TimeOrderedIds(() -> NOW);
    private final List<Collected> collected = new ArrayList<>();
    private final List<LaneReason> explained = new ArrayList<>();
    private boolean held = true;
    private boolean taken = true;
    private @Nullable String systemPrompt;

    private record Collected(Group group, Usage estimate, long bytes, Duration closeAfter) {}

    @Test
    void leavesTheJobToTheBatchOfItsGroup() {
        ClaimedJob job = job(null);

        LaneOutcome outcome = lane().attempt(request(job, OPENAI, "gpt-4o-mini", "Hello"));

        assertThat(outcome).isInstanceOfSatisfying(LaneOutcome.Batched.class, batched -> {
            assertThat(batched.route().lane()).isEqualTo(Lane.BATCH);
            assertThat(batched.route().provider()).isEqualTo("simulator");
            assertThat(batched.route().reasons()).isEqualTo(WHY);
        });
        assertThat(explained).isEqualTo(WHY);
        assertThat(collected).singleElement().satisfies(line -> {
            assertThat(line.group())
                    .isEqualTo(new Group(job.tenant(), null, OPENAI, "gpt-4o-mini", "/v1/chat/completions", ""));
            assertThat(line.estimate().outputTokens()).isEqualTo(100);
            assertThat(line.estimate().inputTokens()).isPositive();
            assertThat(line.closeAfter()).isEqualTo(Duration.ofSeconds(30));
        });
    }

    @Test
    void keepsALineOfABulkAmongItsOwnAndDoesNotCollectForLong() {
        var bulk = new BatchId(ids.next());

        lane().attempt(request(job(bulk), ANTHROPIC, "claude-haiku-4-5", "Hello"));

        assertThat(collected).singleElement().satisfies(line -> {
            assertThat(line.group().bulk()).isEqualTo(bulk);
            assertThat(line.group().endpoint()).isEqualTo("/v1/messages");
            assertThat(line.closeAfter()).isEqualTo(Duration.ofSeconds(2));
        });
    }

    @Test
    void groupsByALongPrefixThatTheProviderCouldKeep() {
        systemPrompt = "You write descriptions of products. ".repeat(1_000);

        lane().attempt(request(job(null), ANTHROPIC, "claude-haiku-4-5", "Hello"));
        lane().attempt(request(job(null), OPENAI, "gpt-4o-mini", "Hello"));

        assertThat(collected.getFirst().group().prefix()).isNotEmpty();
        assertThat(collected.getLast().group().prefix())
                .as("no cache in batches of this model")
                .isEmpty();
    }

    @Test
    void countsTheBytesOfTheLineInUtf8() {
        lane().attempt(request(job(null), OPENAI, "gpt-4o-mini", "ü".repeat(10_000)));

        assertThat(collected.getFirst().bytes()).isBetween(20_000L, 21_000L);
    }

    @Test
    void hasLostAJobThatANewerClaimHolds() {
        held = false;
        assertThat(lane().attempt(request(job(null), OPENAI, "gpt-4o-mini", "Hello")))
                .isInstanceOf(LaneOutcome.Lost.class);
        assertThat(collected).isEmpty();

        held = true;
        taken = false;
        assertThat(lane().attempt(request(job(null), OPENAI, "gpt-4o-mini", "Hello")))
                .isInstanceOf(LaneOutcome.Lost.class);
    }

    private BatchLane lane() {
        Collector collector = (_, group, estimate, _, bytes, closeAfter) -> {
            collected.add(new Collected(group, estimate, bytes, closeAfter));
            return taken;
        };
        return new BatchLane(
                collector,
                fake(AttemptStore.class, arguments -> explain(arguments[1])),
                fake(Lanes.class, arguments -> BatchCatalogue.of(((ProviderAccount) arguments[0]).provider())),
                new Rules(workflows()),
                fake(Charges.class, _ -> Charge.UNPRICED),
                new LaneSettings(
                        Duration.ofSeconds(30),
                        Duration.ofSeconds(30),
                        Duration.ofSeconds(2),
                        Duration.ofMinutes(60),
                        Duration.ofMinutes(5),
                        Duration.ofSeconds(10),
                        5,
                        Duration.ofMinutes(1),
                        Duration.ofSeconds(2),
                        List.of(),
                        new LaneSettings.Direct(256)),
                TransactionOperations.withoutTransaction());
    }

    private boolean explain(Object reasons) {
        for (Object reason : (List<?>) reasons) {
            explained.add((LaneReason) reason);
        }
        return held;
    }

    private WorkflowStore workflows() {
        return fake(
                WorkflowStore.class,
                _ -> Optional.of(new Workflow(
                        new WorkflowDefinition(
                                "classify",
                                Tier.FAST,
                                LaneRule.AUTO,
                                "openai",
                                "gpt-4o-mini",
                                "gpt-4.1",
                                List.of(),
                                150,
                                null,
                                Duration.ofMinutes(15),
                                CachePolicy.DEFAULT,
                                ContextPolicy.DEFAULT,
                                systemPrompt),
                        1,
                        NOW)));
    }

    private ClaimedJob job(@Nullable BatchId bulk) {
        return new ClaimedJob(
                new JobId(ids.next()),
                NOW,
                new TenantId(ids.next()),
                1,
                new WorkerId(ids.next()),
                1,
                false,
                "classify",
                1,
                Tier.FAST,
                null,
                null,
                bulk,
                Duration.ZERO,
                Duration.ofHours(24),
                true,
                false,
                new GenerationRequest(
                        List.of(new ChatMessage(ChatMessage.Role.USER, "Hello")),
                        null,
                        List.of(),
                        "auto",
                        "default",
                        null,
                        null,
                        null,
                        null,
                        new ResponseFormat.Text()));
    }

    private static LaneRequest request(ClaimedJob job, ProviderAccount account, String model, String prompt) {
        return new LaneRequest(
                        job,
                        List.of(new Candidate(account, model)),
                        List.of(new ChatMessage(ChatMessage.Role.USER, prompt)),
                        100,
                        null,
                        new ResponseFormat.Text(),
                        null)
                .because(WHY);
    }

    private interface Answer {
        Object to(Object[] arguments);
    }

    private static <T> T fake(Class<T> type, Answer answer) {
        return type.cast(Proxy.newProxyInstance(
                type.getClassLoader(), new Class<?>[] {type}, (_, _, arguments) -> answer.to(arguments)));
    }
}
