package dev.offpeak.shared.queue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;

/// Remembers what was enqueued; a task is live until a test says that it is gone.
public final class RecordingQueue implements JobQueue {

    private final List<Task> enqueued = new ArrayList<>();
    private final Set<UUID> live = new HashSet<>();
    private final Set<UUID> stranded = new HashSet<>();

    @Override
    public synchronized void enqueue(Task task) {
        enqueued.add(task);
        live.add(task.taskId());
    }

    @Override
    public synchronized Set<UUID> live(Collection<UUID> taskIds, Duration deadAfter) {
        var found = new HashSet<>(taskIds);
        found.retainAll(live);
        return found;
    }

    @Override
    public synchronized List<Task> stranded(Duration deadAfter) {
        return enqueued.stream()
                .filter(task -> stranded.contains(task.taskId()))
                .toList();
    }

    /// A worker that fetched the task dies.
    public synchronized void strand(Task task) {
        live.remove(task.taskId());
        stranded.add(task.taskId());
    }

    /// All that was enqueued, oldest first.
    public synchronized List<Task> enqueued() {
        return List.copyOf(enqueued);
    }

    /// Loses a task, as an operator's delete in the dashboard would.
    public synchronized void lose(Task task) {
        live.remove(task.taskId());
    }
}
