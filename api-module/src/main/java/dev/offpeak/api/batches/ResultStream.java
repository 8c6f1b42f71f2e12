package dev.offpeak.api.batches;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.annotation.JsonProperty;
import dev.offpeak.api.problems.Problem;
import dev.offpeak.shared.batches.BatchView;
import dev.offpeak.shared.core.BatchId;
import dev.offpeak.shared.core.ErrorCode;
import dev.offpeak.shared.core.TenantId;
import dev.offpeak.shared.jobs.BulkJobs;
import dev.offpeak.shared.jobs.JobView;
import dev.offpeak.shared.jobs.LandedLine;
import jakarta.servlet.RequestDispatcher;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.io.OutputStream;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.dao.DataAccessException;
import tools.jackson.databind.json.JsonMapper;

/// Writes the ended lines of a batch, a page at a time: nothing is held that a client is slow to read, neither many
/// results nor a connection to the database.
final class ResultStream {

    private static final Logger LOG = LoggerFactory.getLogger(ResultStream.class);

    private final BulkJobs jobs;
    private final JsonMapper json;

    ResultStream(BulkJobs jobs, JsonMapper json) {
        this.jobs = jobs;
        this.json = json;
    }

    private record ResultLine(@JsonProperty("custom_id") String customId, JobView job, String cursor) {}

    /// @param batch as it stood before anything is read: what had ended by then is all there
    /// @param after the cursor of the last line that the client has
    void write(
            TenantId tenant,
            BatchView batch,
            @Nullable String after,
            HttpServletRequest request,
            HttpServletResponse response)
            throws IOException {
        LandedLine.Place place = after == null ? null : place(after);
        List<LandedLine> page = next(tenant, batch, place); // what fails now is still a problem
        response.setContentType(BatchOrders.NDJSON);
        var out = response.getOutputStream();
        try {
            while (!page.isEmpty()) {
                for (LandedLine line : page) {
                    write(line, out);
                }
                out.flush();
                page = next(tenant, batch, page.getLast().place());
            }
        } catch (DataAccessException away) {
            LOG.atWarn()
                    .addKeyValue("batch", batch.id())
                    .setCause(away)
                    .log("Results broke off; the client sees a connection that ended early and reads on from there");
            request.setAttribute(RequestDispatcher.ERROR_EXCEPTION, away); // Tomcat then ends no body in order
        }
        response.flushBuffer();
    }

    private List<LandedLine> next(TenantId tenant, BatchView batch, LandedLine.@Nullable Place after) {
        return jobs.landed(
                tenant, BatchId.parse(batch.id()).orElseThrow(), batch.createdAt(), batch.finishedAt() != null, after);
    }

    private void write(LandedLine line, OutputStream out) throws IOException {
        out.write(json.writeValueAsBytes(new ResultLine(line.customId(), line.job(), cursor(line.place()))));
        out.write('\n');
    }

    private static String cursor(LandedLine.Place place) {
        return Base64.getUrlEncoder()
                .withoutPadding()
                .encodeToString(place.toString().getBytes(UTF_8));
    }

    private static LandedLine.Place place(String cursor) {
        return decoded(cursor)
                .flatMap(LandedLine.Place::parse)
                .orElseThrow(() -> Problem.at(ErrorCode.INVALID_REQUEST, "after", "is not a cursor of these results"));
    }

    private static Optional<String> decoded(String cursor) {
        try {
            return Optional.of(new String(Base64.getUrlDecoder().decode(cursor), UTF_8));
        } catch (IllegalArgumentException _) {
            return Optional.empty();
        }
    }
}
