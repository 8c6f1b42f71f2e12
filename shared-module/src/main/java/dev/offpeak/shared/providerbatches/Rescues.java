package dev.offpeak.shared.providerbatches;

import dev.offpeak.shared.providers.DirectCapacity.Due;
import dev.offpeak.shared.providers.ProviderAccount;
import java.time.Duration;
import java.util.List;

/// Jobs whose lines may come too late, and which are then called directly.
public interface Rescues {

    /// @param lines of batches that are not finished
    record Account(ProviderAccount account, int lines) {}

    /// Accounts with provider batches that are not finished.
    List<Account> accounts();

    /// What is due of this account at the worst: all lines of its batches by the nearest deadline among them,
    /// ended ones too. Read from its batches alone.
    List<Due> atWorst(ProviderAccount account);

    /// Jobs that wait for a line and may still be called, by what is left until their deadlines.
    ///
    /// @param within how far ahead to look
    /// @param maxAttempts tries at a job
    List<Due> due(ProviderAccount account, Duration within, int maxAttempts);

    /// Jobs of this account that are being called to rescue them, or about to be. Those that wait for
    /// another try are not.
    int underWay(ProviderAccount account);

    /// Has jobs called directly, the earliest deadlines first. A line that was not sent yet is withdrawn;
    /// one that was stays, and what comes first counts. What its bulk cannot pay for any more is left to its
    /// line.
    ///
    /// @param tooShort jobs with less time than this come last: a slow call would not save them
    /// @return how many
    int begin(ProviderAccount account, int jobs, Duration within, Duration tooShort, int maxAttempts);

    /// Jobs that wait for a line that nobody has under way, whatever became of it: they go again, those of a
    /// bulk with a limit by way of its feeder. Looks
    /// through some of the jobs that wait, and goes on where it stopped when it is asked again.
    ///
    /// @return how many
    int requeueStranded(int limit);
}
