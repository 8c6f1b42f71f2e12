package dev.offpeak.shared.providerbatches;

import dev.offpeak.shared.core.ProviderBatchId;
import dev.offpeak.shared.providers.BatchCapabilities.QuotaUnit;
import dev.offpeak.shared.providers.ProviderAccount;
import dev.offpeak.shared.providers.RemoteBatch;
import java.time.Duration;
import java.util.Collection;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/// The steps of a provider batch on its way, each recorded before it is made. Every method is guarded by
/// the claim's fence and the row's state, and returns the row as it stands then; empty means that
/// somebody else holds the batch and nothing was written.
public interface BatchSteps {

    /// How an account limits what is enqueued.
    ///
    /// @param limit in the unit; empty: none that we know of
    record Terms(QuotaUnit unit, OptionalLong limit, int creationsPerHour) {}

    /// Whether a batch may be sent now.
    sealed interface Admission {

        /// It is sealed and `uploading`: lines whose jobs wait no more are withdrawn, the others count as
        /// sent.
        record Admitted(ProviderBatchRow batch) implements Admission {}

        /// It waits in `waiting_quota`.
        record Full(ProviderBatchRow batch, Duration again) implements Admission {}

        /// It is larger than the whole limit.
        record TooLarge(long limit) implements Admission {}

        /// No line was left; it is abandoned.
        record Empty() implements Admission {}

        /// Somebody else holds it.
        record Lost() implements Admission {}
    }

    Admission admit(ProviderBatchRow batch, Terms terms);

    /// Keeps what its prompts were counted to have.
    Optional<ProviderBatchRow> counted(ProviderBatchRow batch, long tokens);

    /// `uploading`: its input is written and is about to leave under that name.
    Optional<ProviderBatchRow> written(ProviderBatchRow batch, String inputName, String sha256, long bytes);

    /// `uploading → uploaded`.
    Optional<ProviderBatchRow> uploaded(ProviderBatchRow batch, String fileId);

    /// `uploaded | uploading → creating`: from here on the batch may exist.
    ///
    /// @param alone whether no other batch of its account may be in that state, because the provider
    ///     could not say which is which
    Creating creating(ProviderBatchRow batch, boolean alone);

    /// Whether another batch of its account is in state `creating`.
    boolean anotherIsCreated(ProviderBatchRow batch);

    /// What came of the wish to create.
    sealed interface Creating {
        record Go(ProviderBatchRow batch) implements Creating {}

        record AnotherIsCreated() implements Creating {}

        record Lost() implements Creating {}
    }

    /// `creating → submitted`. The one step without a claim: whoever made the create knows what came of
    /// it, and the attempt is its ticket.
    ///
    /// @return empty where that attempt is over: the batch is another one's twin, unless the row already
    ///     names it
    Optional<ProviderBatchRow> created(ProviderBatchRow batch, RemoteBatch remote);

    /// `creating`: the batch that is about to be adopted was told by its size and its time alone.
    Optional<ProviderBatchRow> doubted(ProviderBatchRow batch);

    /// `reconciling → creating`: what was adopted is somebody else's, and is left alone from here on.
    ///
    /// @param owner the batch of ours whose twin it is by its custom ids; null where it is a stranger's
    /// @return false where somebody else holds the batch, or another one of its account is being created:
    ///     then nobody could say which is which
    boolean released(ProviderBatchRow batch, @Nullable ProviderBatchId owner);

    /// `creating`: the create has ended, and nobody knows whether the batch exists.
    Optional<ProviderBatchRow> unanswered(ProviderBatchRow batch, String code, String message);

    /// From whichever state before `submitted` to `uploading` with the next attempt: what was uploaded is
    /// gone, and no batch was found.
    Optional<ProviderBatchRow> again(ProviderBatchRow batch);

    /// To `waiting_quota`: the provider refused and nothing ran. Its lines are as good as never sent.
    Optional<ProviderBatchRow> sendLater(ProviderBatchRow batch, String code, String message);

    /// To `ended` as `failed`: the provider refused it as a whole.
    Optional<ProviderBatchRow> refused(ProviderBatchRow batch, String code, String message);

    /// Notes what the provider says while it runs.
    Optional<ProviderBatchRow> polled(ProviderBatchRow batch, RemoteBatch remote);

    /// The provider does not know it, for the moment or for good.
    Optional<ProviderBatchRow> missing(ProviderBatchRow batch);

    /// `submitted → cancelling`: the provider has taken our cancel.
    Optional<ProviderBatchRow> cancelling(ProviderBatchRow batch);

    /// To `ended`.
    Optional<ProviderBatchRow> ended(ProviderBatchRow batch, RemoteBatch remote);

    /// To `ended` as `vanished`.
    Optional<ProviderBatchRow> vanished(ProviderBatchRow batch);

    /// Takes lines out that cannot be sent; their jobs are queued again at once, and go the way of a
    /// single job. Those of a bulk with a limit are called as far as its feeder finds that it bears it.
    void withdraw(ProviderBatchRow batch, Collection<Integer> numbers);

    /// Splits a batch of which nothing was sent into batches of about the same size, which are closed and
    /// due; it is abandoned itself.
    ///
    /// @param parts two or more; as many as it has lines at most
    /// @return false where somebody else holds it
    boolean split(ProviderBatchRow batch, int parts);

    /// Gives all jobs of an unsent batch back to the queue, those of a bulk with a limit to its feeder to be
    /// called, and abandons it.
    ///
    /// @return false where somebody else holds it
    boolean disband(ProviderBatchRow batch);

    /// Which of these batches at a provider no row of ours knows.
    ///
    /// @param atRest whether the answer counts only while no batch of the account is about to be created
    /// @return empty where it does not count
    Optional<Collection<String>> unknown(ProviderAccount account, Collection<String> remoteIds, boolean atRest);
}
