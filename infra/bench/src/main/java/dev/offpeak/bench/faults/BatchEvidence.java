package dev.offpeak.bench.faults;

import dev.offpeak.bench.faults.Evidence.Tokens;
import java.math.BigDecimal;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// What the witnesses say of bulk uploads and of batches at providers.
///
/// @param uploads what clients sent, were told, and read in the end
/// @param bulks the database's rows, as are provider batches, lines, twins, bills and messages
/// @param remotes the simulator's batches
/// @param ran lines that the simulator ran and bills
/// @param rescued jobs of which the database says that they were called because their line was late
/// @param arrivals of `batch.*` messages
record BatchEvidence(
        List<Upload> uploads,
        List<Bulk> bulks,
        List<ProviderBatch> providerBatches,
        List<Line> lines,
        List<Twin> twins,
        List<Remote> remotes,
        List<Ran> ran,
        List<Bill> bills,
        Set<String> rescued,
        List<Told> messages,
        List<Evidence.Arrival> arrivals) {

    static final BatchEvidence NONE = new BatchEvidence(
            List.of(), List.of(), List.of(), List.of(), List.of(), List.of(), List.of(), List.of(), Set.of(), List.of(),
            List.of());

    /// What a provider bills once: a line in one of its batches.
    ///
    /// @param remote the provider's id of the batch
    /// @param customId of the line there
    record Unit(String remote, String customId) {

        /// Of a ledger row whose key is that of no line that was ever sent.
        static final Unit UNKNOWN = new Unit("", "");
    }

    /// @param name with which the custom ids of its lines begin
    /// @param webhook it asked to be told
    /// @param ids every bulk that a `202` named for its key
    /// @param refused its last answer was a 4xx
    /// @param cancelSent a cancel of it was sent, whatever came of it
    /// @param results what its client read in the end; null: it could not
    record Upload(
            String name,
            String tenant,
            int lines,
            boolean webhook,
            Set<String> ids,
            boolean refused,
            boolean cancelSent,
            @Nullable Results results) {}

    /// Of a bulk's lines, as its client read them.
    record Results(int missing, int repeated, int unknown, int unfinished) {}

    /// @param name of its upload, by the custom ids of its lines; empty where it has none
    /// @param jobs that say that they are lines of it
    record Bulk(String id, String name, String tenant, String status, int total, int jobs) {}

    /// @param remoteId null while it was not created
    /// @param primer it has one line of its own, which answers no job
    record ProviderBatch(
            String id,
            String state,
            @Nullable String remoteId,
            @Nullable String endedAs,
            boolean primer) {

        /// One with lines of jobs.
        ProviderBatch(String id, String state, @Nullable String remoteId, @Nullable String endedAs) {
            this(id, state, remoteId, endedAs, false);
        }

        /// The only line of a primer.
        String stub() {
            return id + "-1";
        }
    }

    /// @param customId at the provider: the provider batch's id and the line's number
    record Line(String customId, String job, String state) {

        String batch() {
            return customId.substring(0, customId.lastIndexOf('-'));
        }
    }

    /// @param cancelled the provider has taken our cancel
    record Twin(String batch, String remoteId, boolean cancelled) {}

    /// @param executed lines that ran
    record Remote(String id, String status, long executed) {}

    /// @param outcome answered, or what its client was shown instead
    record Ran(
            Unit unit,
            String model,
            Tokens tokens,
            @Nullable BigDecimal usd,
            String outcome) {}

    /// A row of the ledger for a line.
    ///
    /// @param overlap declared as a second bill of its job
    record Bill(
            Unit unit,
            String job,
            String status,
            boolean overlap,
            String model,
            Tokens tokens,
            @Nullable BigDecimal usd) {}

    /// @param bulk whose end it tells
    record Told(String id, String bulk, String type, String sha256, String delivery) {}
}
