package dev.offpeak.api.batches;

import dev.offpeak.api.idempotency.Idempotency;
import dev.offpeak.api.idempotency.Reply;
import dev.offpeak.api.problems.Problem;
import dev.offpeak.api.security.ApiCaller;
import dev.offpeak.shared.batches.BatchStore;
import dev.offpeak.shared.batches.BatchStore.DeadlinePassed;
import dev.offpeak.shared.batches.BatchView;
import dev.offpeak.shared.core.ErrorCode;
import dev.offpeak.shared.telemetry.Metric;
import io.micrometer.core.instrument.MeterRegistry;
import jakarta.servlet.http.HttpServletRequest;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Map;
import org.springframework.http.ResponseEntity;

/// Takes an upload in: receive, check, accept.
final class BatchIntake {

    private final BatchSettings settings;
    private final Uploads uploads;
    private final UploadChecks checks;
    private final BatchStore batches;
    private final Idempotency idempotency;
    private final MeterRegistry metrics;

    BatchIntake(
            BatchSettings settings,
            Uploads uploads,
            UploadChecks checks,
            BatchStore batches,
            Idempotency idempotency,
            MeterRegistry metrics) {
        this.settings = settings;
        this.uploads = uploads;
        this.checks = checks;
        this.batches = batches;
        this.idempotency = idempotency;
        this.metrics = metrics;
    }

    /// @throws Problem where the upload is refused: nothing of it is kept then
    ResponseEntity<String> take(ApiCaller caller, HttpServletRequest request, BatchOrder order) throws IOException {
        if (request.getContentLengthLong() > settings.mostBytes().toBytes()) {
            throw ReceivedBody.tooLarge(settings);
        }
        try (var _ = uploads.begin(caller.tenant())) {
            checks.check(caller.tenant(), order);
            try (InputStream arriving = request.getInputStream();
                    var body = ReceivedBody.receive(arriving, settings)) {
                return answer(caller, request, order, body);
            }
        }
    }

    private ResponseEntity<String> answer(
            ApiCaller caller, HttpServletRequest request, BatchOrder order, ReceivedBody body) throws IOException {
        var fingerprint = Map.of("sha256", body.sha256());
        var earlier = idempotency.earlier(caller, request, fingerprint);
        if (earlier.isPresent()) {
            return earlier.get();
        }
        try (var _ = uploads.check();
                var upload = checks.check(caller.tenant(), order, body.file())) {
            return idempotency.once(caller, request, fingerprint, () -> accept(upload));
        }
    }

    private Reply accept(CheckedUpload upload) {
        BatchView batch;
        try {
            batch = batches.accept(upload.batch(), upload.rows());
        } catch (DeadlinePassed _) {
            throw Problem.at(ErrorCode.INVALID_REQUEST, "deadline", "must be in the future");
        } catch (IOException disk) {
            throw new UncheckedIOException("a file of rows cannot be read", disk);
        }
        Metric.BULK_LINES.counter(metrics, "accepted").increment(upload.batch().total());
        Metric.BULK_LINES.counter(metrics, "invalid").increment(upload.batch().invalid());
        return Reply.accepted("/v1/batches/" + batch.id(), batch.atRisk(upload.atRisk()));
    }
}
