package dev.offpeak.worker.engine;

import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jobrunr.server.threadpool.JobRunrExecutor;

/// Virtual threads that go on when JobRunr's server stops, which it does by itself after one failed beat and
/// which its own executors answer by interrupting everybody: calls that are paid for, and threads that keep an
/// answer until the database is back. Only a worker that ends interrupts them.
final class TaskThreads implements JobRunrExecutor {

    private final int workers;
    private final Set<Thread> running = ConcurrentHashMap.newKeySet();
    private volatile boolean open;

    TaskThreads(int workers) {
        this.workers = workers;
    }

    @Override
    public int getWorkerCount() {
        return workers;
    }

    @Override
    public void start() {
        open = true;
    }

    @Override
    public void execute(Runnable task) {
        if (!open) {
            return; // as JobRunr's own do: what was fetched and never ran is woken anew
        }
        Thread thread = Thread.ofVirtual().name("backgroundjob-worker").unstarted(() -> run(task));
        running.add(thread);
        thread.start();
    }

    private void run(Runnable task) {
        try {
            task.run();
        } finally {
            running.remove(Thread.currentThread());
        }
    }

    /// Takes nothing more and waits for nobody: whoever runs gives its place back when it has ended.
    @Override
    public void stop(Duration awaitTimeout) {
        open = false;
    }

    /// For the end of the worker, after its drain.
    void interrupt() {
        open = false;
        running.forEach(Thread::interrupt);
    }
}
