package dev.offpeak.worker.providers;

import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;

/// Runs a vendor's blocking call on a virtual thread of its own, so that an interrupt of the caller is felt at once
/// wherever the caller runs: only on a virtual thread does an interrupt close the socket that a read waits for.
public final class InterruptibleExchange {

    private InterruptibleExchange() {}

    /// @throws InterruptedException where the caller was interrupted; the exchange is then cut off, and may have run
    public static <T> T run(Callable<T> exchange) throws InterruptedException {
        var task = new FutureTask<>(exchange);
        Thread.ofVirtual().name("provider-call").start(task);
        try {
            return task.get();
        } catch (InterruptedException interrupted) {
            task.cancel(true);
            throw interrupted;
        } catch (ExecutionException failed) {
            if (failed.getCause() instanceof RuntimeException bug) {
                throw bug;
            }
            throw new IllegalStateException("A provider's call failed in a way it does not declare", failed.getCause());
        }
    }
}
