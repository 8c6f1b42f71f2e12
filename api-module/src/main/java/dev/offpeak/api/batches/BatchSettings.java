package dev.offpeak.api.batches;

import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.unit.DataSize;

/// How bulk uploads are taken in.
///
/// @param mostLines of one upload
/// @param mostBytes of one upload; so much disk it takes while it is checked, and about as much again
/// @param uploads that one API node takes in at once
/// @param uploadsPerTenant of these
/// @param checks uploads of these that are checked and written at once; each may hold 50 MB while it is
/// @param leastUploadRate what an upload must have come to a second, from its beginning on: a slower one holds a
///     place that others wait for, and is refused with 408
/// @param uploadGrace how much longer than at that rate it may take
/// @param waitForCheck how long an upload that has arrived waits for that
/// @param deadline of a batch that names none, unless its workflow has a later one
/// @param spoolDirectory where bodies lie meanwhile; the system's directory for such files where left out
@ConfigurationProperties("offpeak.batches")
record BatchSettings(
        @DefaultValue("1000000") int mostLines,
        @DefaultValue("2GB") DataSize mostBytes,
        @DefaultValue("4") int uploads,
        @DefaultValue("2") int uploadsPerTenant,
        @DefaultValue("1") int checks,
        @DefaultValue("64KB") DataSize leastUploadRate,
        @DefaultValue("30s") Duration uploadGrace,
        @DefaultValue("5m") Duration waitForCheck,
        @DefaultValue("24h") Duration deadline,
        @Nullable Path spoolDirectory) {

    private static final int MOST_LINES = 1_000_000;

    BatchSettings {
        if (mostLines < 1 || mostLines > MOST_LINES) {
            throw new IllegalArgumentException("offpeak.batches.most-lines must be 1 to " + MOST_LINES);
        }
        if (uploads < 1 || uploadsPerTenant < 1 || checks < 1) {
            throw new IllegalArgumentException("offpeak.batches allows no upload at all");
        }
        if (leastUploadRate.toBytes() < 1) {
            throw new IllegalArgumentException("offpeak.batches.least-upload-rate must be a byte a second or more");
        }
        if (uploadGrace.isNegative()) {
            throw new IllegalArgumentException("offpeak.batches.upload-grace must not be negative");
        }
    }
}
