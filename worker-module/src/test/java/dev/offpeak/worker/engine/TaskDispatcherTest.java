package dev.offpeak.worker.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.offpeak.shared.core.WorkerId;
import dev.offpeak.shared.queue.Task;
import dev.offpeak.shared.queue.TaskKind;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class TaskDispatcherTest {

    private static final Task JOB = new Task(TaskKind.JOB, new UUID(1, 2), 3);

    private final List<Task> ran = new ArrayList<>();

    @Test
    void handsATaskToTheHandlerOfItsKind() throws InterruptedException {
        dispatcher(true, recording(TaskKind.DELIVERY), recording(TaskKind.JOB)).run(JOB);

        assertThat(ran).containsExactly(JOB);
    }

    @Test
    void leavesATaskAloneThatNobodyHandles() throws InterruptedException {
        dispatcher(true, recording(TaskKind.DELIVERY)).run(JOB);

        assertThat(ran).isEmpty();
    }

    @Test
    void startsNothingWhileTheOthersMayThinkItDead() throws InterruptedException {
        dispatcher(false, recording(TaskKind.JOB)).run(JOB);

        assertThat(ran).isEmpty();
    }

    @Test
    void refusesTwoHandlersOfOneKind() {
        assertThatThrownBy(() -> dispatcher(true, recording(TaskKind.JOB), recording(TaskKind.JOB)))
                .isInstanceOf(IllegalStateException.class);
    }

    @Test
    void keepsWhatAHandlerThrewOutOfTheRow() {
        var dispatcher = dispatcher(true, handler(TaskKind.JOB, () -> {
            throw new IllegalStateException("the prompt was: tell nobody");
        }));

        assertThatThrownBy(() -> dispatcher.run(JOB))
                .isInstanceOf(TaskFailed.class)
                .hasMessageContaining("IllegalStateException")
                .hasMessageNotContaining("tell nobody")
                .hasNoCause();
    }

    private static TaskDispatcher dispatcher(boolean mayStart, TaskHandler... handlers) {
        return new TaskDispatcher(List.of(handlers), new WorkerIdentity() {
            @Override
            public WorkerId id() {
                return new WorkerId(new UUID(0, 0));
            }

            @Override
            public boolean mayStart() {
                return mayStart;
            }

            @Override
            public boolean mayJudge() {
                return mayStart;
            }

            @Override
            public Duration deadAfter() {
                return Duration.ofSeconds(8);
            }
        });
    }

    private TaskHandler recording(TaskKind kind) {
        return new TaskHandler() {
            @Override
            public TaskKind kind() {
                return kind;
            }

            @Override
            public void run(Task task) {
                ran.add(task);
            }
        };
    }

    private static TaskHandler handler(TaskKind kind, Runnable work) {
        return new TaskHandler() {
            @Override
            public TaskKind kind() {
                return kind;
            }

            @Override
            public void run(Task task) {
                work.run();
            }
        };
    }
}
