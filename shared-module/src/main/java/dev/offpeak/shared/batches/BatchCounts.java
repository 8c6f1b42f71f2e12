package dev.offpeak.shared.batches;

import com.fasterxml.jackson.annotation.JsonIgnore;
import dev.offpeak.shared.jobs.JobStatus;
import java.util.Map;

/// Lines of a batch by how they stand.
public record BatchCounts(
        int total, int queued, int running, int batched, int succeeded, int failed, int cancelled, int expired) {

    static BatchCounts of(Map<JobStatus, Integer> byStatus) {
        return new BatchCounts(
                byStatus.values().stream().mapToInt(Integer::intValue).sum(),
                byStatus.getOrDefault(JobStatus.QUEUED, 0),
                byStatus.getOrDefault(JobStatus.RUNNING, 0),
                byStatus.getOrDefault(JobStatus.BATCHED, 0),
                byStatus.getOrDefault(JobStatus.SUCCEEDED, 0),
                byStatus.getOrDefault(JobStatus.FAILED, 0),
                byStatus.getOrDefault(JobStatus.CANCELLED, 0),
                byStatus.getOrDefault(JobStatus.EXPIRED, 0));
    }

    @JsonIgnore
    public int open() {
        return queued + running + batched;
    }

    /// The part that has ended, in thousandths: rounded down, so that 1 means all.
    double progress() {
        return total == 0 ? 1 : Math.floor(1000.0 * (total - open()) / total) / 1000;
    }
}
