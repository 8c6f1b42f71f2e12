package dev.offpeak.api.providers;

import dev.offpeak.api.http.Page;
import dev.offpeak.api.http.Paging;
import dev.offpeak.api.problems.Problem;
import dev.offpeak.shared.batches.ProviderBatchHints;
import dev.offpeak.shared.batches.ProviderBatchView;
import dev.offpeak.shared.core.ErrorCode;
import dev.offpeak.shared.core.ProviderBatchId;
import dev.offpeak.shared.providerbatches.BatchState;
import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.tags.Tag;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

@RestController
@RequestMapping("/v1/provider-batches")
@Tag(name = "Administration")
class ProviderBatchController {

    private static final List<String> STATES =
            Arrays.stream(BatchState.values()).map(BatchState::wire).toList();

    private final ProviderBatchHints batches;

    ProviderBatchController(ProviderBatchHints batches) {
        this.batches = batches;
    }

    @GetMapping
    @Operation(
            summary = "Batches at providers, of all tenants, newest first. Scope: operator",
            description = "With their states, lines by state, ages, what was learned of the limit that they count"
                    + " against, and our ledger beside what the provider says of each, once its results were read.")
    Page<ProviderBatchView> list(
            @RequestParam(required = false) @Nullable String state,
            @RequestParam(required = false) @Nullable Integer limit,
            @RequestParam(required = false) @Nullable String after) {
        if (state != null && !STATES.contains(state)) {
            throw Problem.at(ErrorCode.INVALID_REQUEST, "state", "must be one of " + String.join(", ", STATES));
        }
        var paging = Paging.of(limit, after);
        var rows = batches.list(state, paging.afterAs(ProviderBatchId::parse), paging.rows());
        return Page.of(rows, paging, ProviderBatchView::id, batch -> batch);
    }
}
