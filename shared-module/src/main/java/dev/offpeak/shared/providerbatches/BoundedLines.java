package dev.offpeak.shared.providerbatches;

/// Lines of bulks with a limit. Whatever sends one of them anew gives it back to its feeder, which hands
/// on what is due at `infinity`: what its bulk may still spend is the feeder's to say.
final class BoundedLines {

    /// Whether `job` is one, as a condition.
    static final String IS_ONE =
            "EXISTS (SELECT FROM batch WHERE batch.id = job.batch_id AND batch.max_cost_usd IS NOT NULL)";

    /// When `job` is due that goes again at once.
    static final String DUE = "CASE WHEN " + IS_ONE + " THEN 'infinity' ELSE now() END";

    private BoundedLines() {}
}
