package dev.offpeak.worker.batches;

import dev.offpeak.shared.batches.ClaimedBatch;
import dev.offpeak.shared.batches.UnfedLine;
import dev.offpeak.shared.lanes.LaneTimes;
import dev.offpeak.shared.lanes.Lanes;
import dev.offpeak.shared.providerbatches.Group;
import dev.offpeak.shared.providers.BatchCatalogue;
import dev.offpeak.shared.providers.ProviderSettings;
import dev.offpeak.shared.workflows.ModelChoice;
import dev.offpeak.shared.workflows.Tier;
import dev.offpeak.shared.workflows.Workflow;
import dev.offpeak.shared.workflows.WorkflowDefinition;
import dev.offpeak.worker.lanes.PromptPrefix;
import dev.offpeak.worker.lanes.Rules;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/// Finds the way of a line: through a provider batch wherever its rule allows it, its provider has such, and the time
/// left is long enough.
final class LineRoutes {

    private final Rules rules;
    private final ProviderSettings providers;
    private final LaneTimes times;
    private final Lanes lanes;
    private final int ownFrom;

    LineRoutes(Rules rules, ProviderSettings providers, LaneTimes times, Lanes lanes, int ownFrom) {
        this.rules = rules;
        this.providers = providers;
        this.times = times;
        this.lanes = lanes;
        this.ownFrom = ownFrom;
    }

    private record Kind(String workflow, int version, Tier tier) {}

    /// For one look at a batch: what holds for one line of a kind holds for the others.
    private final class Looking {

        private final ClaimedBatch batch;
        private final Map<Kind, Optional<Waiting>> known = new HashMap<>();

        private Looking(ClaimedBatch batch) {
            this.batch = batch;
        }

        private LineRoute of(UnfedLine line) {
            if (!line.mayWait()) {
                return new LineRoute.Alone();
            }
            Duration left = Duration.between(batch.now(), line.deadline());
            return known.computeIfAbsent(
                            new Kind(line.workflow(), line.workflowVersion(), line.tier()),
                            kind -> waiting(batch, kind))
                    .filter(waiting -> left.compareTo(waiting.needed()) >= 0)
                    .<LineRoute>map(Waiting::route)
                    .orElseGet(LineRoute.Alone::new);
        }
    }

    Function<UnfedLine, LineRoute> of(ClaimedBatch batch) {
        return new Looking(batch)::of;
    }

    /// @param needed the time that a deadline must leave
    private record Waiting(LineRoute.InBatch route, Duration needed) {}

    private Optional<Waiting> waiting(ClaimedBatch batch, Kind kind) {
        return rules.of(batch.tenant(), kind.workflow(), kind.version())
                .map(Workflow::definition)
                .flatMap(rule -> waiting(batch, rule, rule.model(kind.tier())));
    }

    private Optional<Waiting> waiting(ClaimedBatch batch, WorkflowDefinition rule, ModelChoice model) {
        return providers
                .resolve(model.provider())
                .flatMap(account -> lanes.batches(account)
                        .map(capabilities -> new Waiting(
                                new LineRoute.InBatch(new Group(
                                        batch.tenant(),
                                        batch.total() >= ownFrom ? batch.id() : null,
                                        account,
                                        model.model(),
                                        BatchCatalogue.endpoint(account.provider()),
                                        PromptPrefix.of(rule, account.provider(), model.model(), capabilities))),
                                times.neededByLine(account, model.model(), capabilities.window()))));
    }
}
