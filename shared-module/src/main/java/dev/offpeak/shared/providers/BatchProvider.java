package dev.offpeak.shared.providers;

import java.io.IOException;
import java.io.OutputStream;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/// A provider's batch API. Every method makes the requests that it says and never repeats one that may cost money or
/// make a second batch: the caller decides what to do after an answer that was not seen.
///
/// What a provider can and cannot do stands in its [BatchCapabilities], so that callers ask for a capability and never
/// for a name.
public interface BatchProvider {

    /// The protocol it speaks, `openai` or `anthropic`.
    String name();

    BatchCapabilities capabilities();

    /// Writes one line of an input, with its line end where the form has such. Nothing is sent.
    ///
    /// @param first whether it is the first line of its input
    void writeLine(BatchLine line, boolean first, OutputStream out) throws IOException;

    /// Writes what comes before the first line and after the last one; nothing where the form is plain lines.
    void writeFrame(boolean opening, OutputStream out) throws IOException;

    /// Uploads an input, where [BatchCapabilities#inputFiles()].
    ///
    /// @return the id of the file
    BatchExchange<String> upload(BatchInput input) throws InterruptedException;

    /// Files that we uploaded under that name, newest first; for who does not know whether an upload arrived.
    BatchExchange<List<String>> uploaded(String name) throws InterruptedException;

    /// Deletes an uploaded file; one that is gone already is fine.
    BatchExchange<Boolean> deleteInput(String fileId) throws InterruptedException;

    /// Creates a batch, exactly one request. After an error that [ProviderError#mayHaveRun()], or a 5xx, the batch may
    /// exist.
    BatchExchange<RemoteBatch> create(BatchCreation creation) throws InterruptedException;

    /// The batch as it stands; empty where the provider does not know it.
    BatchExchange<Optional<RemoteBatch>> find(String remoteId) throws InterruptedException;

    /// All batches of the account created at or after a time, newest first.
    BatchExchange<List<RemoteBatch>> createdSince(Instant since) throws InterruptedException;

    /// Asks the provider to stop. One that has ended stays as it is.
    BatchExchange<Optional<RemoteBatch>> cancel(String remoteId) throws InterruptedException;

    /// Reads results as a stream: output and error files, or the one stream that there is, in the provider's order. To
    /// be called on ended batches. Reads that break off are repeated by the caller from the start. Results
    /// that end within a line are [ProviderError.Malformed], after the piece was handed over as unreadable.
    ///
    /// @return how many lines were read; a batch without results has none
    BatchExchange<Integer> results(RemoteBatch batch, LineSink sink) throws InterruptedException;

    /// Takes results one by one. What it throws ends the reading and comes through.
    interface LineSink {
        void line(LineResult result) throws InterruptedException;
    }
}
