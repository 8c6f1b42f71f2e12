package dev.offpeak.api.workflows;

import dev.offpeak.api.http.Times;
import dev.offpeak.api.problems.Checks;
import dev.offpeak.api.problems.FieldError;
import dev.offpeak.api.problems.Problem;
import dev.offpeak.shared.core.ErrorCode;
import dev.offpeak.shared.ledger.PriceBook;
import dev.offpeak.shared.providers.ProviderSettings;
import dev.offpeak.shared.workflows.CachePolicy;
import dev.offpeak.shared.workflows.ContextPolicy;
import dev.offpeak.shared.workflows.LaneRule;
import dev.offpeak.shared.workflows.ModelChoice;
import dev.offpeak.shared.workflows.Tier;
import dev.offpeak.shared.workflows.WorkflowDefinition;
import java.math.BigDecimal;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/// Turns what an admin sent into a routing rule, or says everything that is wrong with it.
@Component
class WorkflowReader {

    static final Pattern NAME = Pattern.compile("[a-z0-9][a-z0-9_-]{0,63}");
    static final String NAME_RULE = "must be 1 to 64 small letters, digits, - and _, beginning with a letter or digit";

    private static final Duration LONGEST_DEADLINE = Duration.ofDays(7);
    private static final Duration LONGEST_TTL = Duration.ofDays(30);
    private static final int MOST_OUTPUT_TOKENS = 1_000_000;
    private static final int MOST_FALLBACKS = 8;
    private static final int LONGEST_SYSTEM_PROMPT = 100_000;
    private static final String BATCH = "batch";
    private static final List<String> PROVIDERS = List.of(ProviderSettings.OPENAI, ProviderSettings.ANTHROPIC);

    private final PriceBook prices;
    private final Clock clock;

    WorkflowReader(PriceBook prices, Clock clock) {
        this.prices = prices;
        this.clock = clock;
    }

    /// @throws Problem where the request is no rule, or names a model without a price
    WorkflowDefinition read(String name, PutWorkflowRequest request) {
        var checks = new Checks();
        checks.check(NAME.matcher(name).matches(), "name", NAME_RULE);
        checks.check(request.name() == null || request.name().equals(name), "name", "must equal the name in the path");
        boolean batchTier = BATCH.equals(request.tier());
        String tier =
                batchTier ? "fast" : choice(checks, request.tier(), "tier", "fast", List.of("fast", "full", BATCH));
        String lane =
                choice(checks, request.lane(), "lane", batchTier ? BATCH : "auto", List.of("auto", "direct", BATCH));
        checks.check(!batchTier || lane.equals(BATCH), "lane", "must be batch with tier batch");
        String provider = choice(checks, request.provider(), "provider", ProviderSettings.OPENAI, PROVIDERS);
        checks.check(request.fastModel() != null && !request.fastModel().isBlank(), "fast_model", "is required");
        checks.check(request.fullModel() == null || !request.fullModel().isBlank(), "full_model", "must not be blank");
        var fallbacks = fallbacks(checks, request.fallbacks());
        int tokens = integer(checks, request.maxOutputTokens(), "max_output_tokens", 1_000, 1, MOST_OUTPUT_TOKENS);
        if (request.outputWordBudget() != null) {
            checks.check(
                    request.outputWordBudget() >= 1 && request.outputWordBudget() <= MOST_OUTPUT_TOKENS,
                    "output_word_budget",
                    "must be 1 to " + MOST_OUTPUT_TOKENS);
        }
        var usual = lane.equals(BATCH) ? Duration.ofHours(24) : Duration.ofMinutes(15);
        var deadline = duration(checks, request.deadline(), "deadline", usual, LONGEST_DEADLINE);
        var cache = cache(checks, request.cache());
        var context = context(checks, request.context());
        String system = request.systemPrompt();
        checks.check(
                system == null || (!system.isBlank() && system.length() <= LONGEST_SYSTEM_PROMPT),
                "system_prompt",
                "must be 1 to " + LONGEST_SYSTEM_PROMPT + " characters");
        checks.throwIfAny();

        String fast = Objects.requireNonNull(request.fastModel());
        String full = request.fullModel() == null ? fast : request.fullModel();
        checkPriced(provider, fast, full, fallbacks);
        return new WorkflowDefinition(
                name,
                Tier.ofWire(tier),
                LaneRule.ofWire(lane),
                provider,
                fast,
                full,
                fallbacks,
                tokens,
                request.outputWordBudget(),
                deadline,
                cache,
                context,
                system);
    }

    private void checkPriced(String provider, String fast, String full, List<ModelChoice> fallbacks) {
        var unknown = new ArrayList<FieldError>();
        checkPriced(unknown, new ModelChoice(provider, fast), "fast_model");
        checkPriced(unknown, new ModelChoice(provider, full), "full_model");
        for (int i = 0; i < fallbacks.size(); i++) {
            checkPriced(unknown, fallbacks.get(i), "fallbacks[" + i + "].model");
        }
        if (!unknown.isEmpty()) {
            throw Problem.of(ErrorCode.UNKNOWN_MODEL, unknown);
        }
    }

    private void checkPriced(List<FieldError> unknown, ModelChoice choice, String field) {
        if (prices.find(choice.provider(), choice.model(), clock.instant()).isEmpty()) {
            unknown.add(new FieldError(field, "has no price at " + choice.provider()));
        }
    }

    private static List<ModelChoice> fallbacks(
            Checks checks, @Nullable List<PutWorkflowRequest.@Nullable Fallback> fallbacks) {
        var choices = new ArrayList<ModelChoice>();
        if (fallbacks == null) {
            return choices;
        }
        checks.check(fallbacks.size() <= MOST_FALLBACKS, "fallbacks", "may be at most " + MOST_FALLBACKS);
        for (int i = 0; i < fallbacks.size(); i++) {
            var fallback = fallbacks.get(i);
            String field = "fallbacks[" + i + "]";
            if (fallback == null) {
                checks.wrong(field, "must be an object");
                continue;
            }
            String provider = fallback.provider();
            String model = fallback.model();
            boolean known = checks.check(
                    provider != null && PROVIDERS.contains(provider),
                    field + ".provider",
                    "must be one of " + String.join(", ", PROVIDERS));
            boolean named = checks.check(model != null && !model.isBlank(), field + ".model", "is required");
            if (known && named) {
                choices.add(new ModelChoice(Objects.requireNonNull(provider), Objects.requireNonNull(model)));
            }
        }
        return choices;
    }

    private static CachePolicy cache(Checks checks, PutWorkflowRequest.@Nullable Cache cache) {
        if (cache == null) {
            return CachePolicy.DEFAULT;
        }
        String mode = choice(checks, cache.mode(), "cache.mode", "exact", List.of("off", "exact", "semantic"));
        String reason = cache.reason();
        checks.check(
                reason == null || (!reason.isBlank() && reason.length() <= 500),
                "cache.reason",
                "must be 1 to 500 characters");
        var usual = CachePolicy.DEFAULT;
        var exactTtl = duration(checks, cache.exactTtl(), "cache.exact_ttl", usual.exactTtl(), LONGEST_TTL);
        var semanticTtl = duration(checks, cache.semanticTtl(), "cache.semantic_ttl", usual.semanticTtl(), LONGEST_TTL);
        var floor = share(checks, cache.semanticFloor(), "cache.semantic_floor", usual.semanticFloor());
        var rate = share(checks, cache.maxFalseHitRate(), "cache.max_false_hit_rate", usual.maxFalseHitRate());
        return new CachePolicy(
                checks.passed() ? CachePolicy.Mode.ofWire(mode) : CachePolicy.Mode.EXACT,
                reason,
                exactTtl,
                semanticTtl,
                floor,
                Boolean.TRUE.equals(cache.perUser()),
                rate);
    }

    private static ContextPolicy context(Checks checks, PutWorkflowRequest.@Nullable Context context) {
        if (context == null) {
            return ContextPolicy.DEFAULT;
        }
        var usual = ContextPolicy.DEFAULT;
        return new ContextPolicy(
                integer(checks, context.maxChunks(), "context.max_chunks", usual.maxChunks(), 0, 200),
                share(checks, context.minRelevance(), "context.min_relevance", usual.minRelevance()));
    }

    private static String choice(
            Checks checks, @Nullable String given, String field, String usual, List<String> choices) {
        if (given == null) {
            return usual;
        }
        checks.check(choices.contains(given), field, "must be one of " + String.join(", ", choices));
        return given;
    }

    private static int integer(Checks checks, @Nullable Integer given, String field, int usual, int least, int most) {
        int value = given == null ? usual : given;
        checks.check(value >= least && value <= most, field, "must be " + least + " to " + most);
        return value;
    }

    private static BigDecimal share(Checks checks, @Nullable BigDecimal given, String field, BigDecimal usual) {
        BigDecimal value = given == null ? usual : given;
        checks.check(
                value.signum() >= 0 && value.compareTo(BigDecimal.ONE) <= 0 && value.scale() <= 6,
                field,
                "must be 0 to 1, with at most 6 decimals");
        return value;
    }

    private static Duration duration(
            Checks checks, @Nullable String given, String field, Duration usual, Duration longest) {
        if (given == null) {
            return usual;
        }
        var duration = Times.duration(given)
                .filter(value -> value.compareTo(Duration.ofSeconds(1)) >= 0 && value.compareTo(longest) <= 0)
                .filter(value -> value.getNano() == 0);
        checks.check(
                duration.isPresent(),
                field,
                "must be an ISO 8601 duration of whole seconds from PT1S to " + Times.text(longest));
        return duration.orElse(usual);
    }
}
