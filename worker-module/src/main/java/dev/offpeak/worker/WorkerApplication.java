package dev.offpeak.worker;

import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.boot.builder.SpringApplicationBuilder;

/// One worker process. Its settings stand in `offpeak-worker.yaml`, a name of their own, so that another
/// application may live in the same process.
@SpringBootApplication
public class WorkerApplication {

    public static void main(String[] arguments) {
        builder().run(arguments);
    }

    /// The worker as an application of its own, ready to run; properties given to the builder or on the command
    /// line win over the file's.
    public static SpringApplicationBuilder builder() {
        return new SpringApplicationBuilder(WorkerApplication.class).properties("spring.config.name=offpeak-worker");
    }
}
