package dev.offpeak.shared.jobs;

/// Why a job went the way it went.
///
/// @param code to build on; it stays the same
/// @param message for people, with the figures behind it; free of prompts, answers and keys
public record LaneReason(String code, String message) {

    private static final String BETWEEN = ": ";

    /// As one text, for the job's row.
    String stored() {
        return code + BETWEEN + message;
    }

    static LaneReason ofStored(String stored) {
        int end = stored.indexOf(BETWEEN);
        return end < 0
                ? new LaneReason(stored, "")
                : new LaneReason(stored.substring(0, end), stored.substring(end + BETWEEN.length()));
    }
}
