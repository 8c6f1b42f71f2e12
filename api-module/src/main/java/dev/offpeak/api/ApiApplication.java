package dev.offpeak.api;

import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.boot.builder.SpringApplicationBuilder;

/// The API as a process of its own. Standalone starts the same application beside a worker.
@SpringBootApplication(
        excludeName = {
            // On one class path with a worker there is more to configure than this process wants.
            "org.jobrunr.spring.autoconfigure.JobRunrAutoConfiguration",
            "org.springframework.boot.security.autoconfigure.UserDetailsServiceAutoConfiguration"
        })
public class ApiApplication {

    /// What starts the API: on the command line's arguments, with configuration files of its own name.
    public static SpringApplicationBuilder builder() {
        return new SpringApplicationBuilder(ApiApplication.class)
                .web(WebApplicationType.SERVLET)
                .properties("spring.config.name=offpeak-api");
    }

    // The context closes itself when the process ends.
    @SuppressWarnings("resource")
    public static void main(String[] arguments) {
        builder().run(arguments);
    }
}
