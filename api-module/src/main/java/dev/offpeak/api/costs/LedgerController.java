package dev.offpeak.api.costs;

import dev.offpeak.api.http.Page;
import dev.offpeak.api.http.Paging;
import dev.offpeak.api.http.Times;
import dev.offpeak.api.problems.Problem;
import dev.offpeak.api.security.ApiCaller;
import dev.offpeak.shared.core.ErrorCode;
import dev.offpeak.shared.core.JobId;
import dev.offpeak.shared.core.LedgerEntryId;
import dev.offpeak.shared.ledger.LedgerStore;
import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.Parameter;
import io.swagger.v3.oas.annotations.tags.Tag;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import org.springframework.security.core.annotation.AuthenticationPrincipal;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

@RestController
@RequestMapping("/v1/ledger")
@Tag(name = "Money")
class LedgerController {

    private final LedgerStore ledger;

    LedgerController(LedgerStore ledger) {
        this.ledger = ledger;
    }

    @GetMapping
    @Operation(summary = "Everything providers billed, newest first. Scope: read or admin")
    Page<LedgerEntryView> list(
            @AuthenticationPrincipal ApiCaller caller,
            @Parameter(description = "Only of this job") @RequestParam(required = false) @Nullable String job,
            @Parameter(description = "RFC 3339, inclusive") @RequestParam(required = false) @Nullable String from,
            @Parameter(description = "RFC 3339, exclusive") @RequestParam(required = false) @Nullable String to,
            @RequestParam(required = false) @Nullable Integer limit,
            @RequestParam(required = false) @Nullable String after) {
        var paging = Paging.of(limit, after);
        JobId jobId = job == null ? null : JobId.parse(job).orElseThrow(() -> wrong("job", "must be the id of a job"));
        var rows = ledger.list(
                caller.tenant(),
                jobId,
                time("from", from),
                time("to", to),
                paging.afterAs(LedgerEntryId::parse),
                paging.rows());
        return Page.of(rows, paging, entry -> entry.id().toString(), LedgerEntryView::of);
    }

    private static @Nullable Instant time(String field, @Nullable String text) {
        return text == null
                ? null
                : Times.instant(text)
                        .orElseThrow(() -> wrong(field, "must be an RFC 3339 time such as 2026-11-21T12:00:00Z"));
    }

    private static Problem wrong(String field, String message) {
        return Problem.at(ErrorCode.INVALID_REQUEST, field, message);
    }
}
