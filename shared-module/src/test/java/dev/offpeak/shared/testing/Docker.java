package dev.offpeak.shared.testing;

import org.testcontainers.DockerClientFactory;

/// Whether a Docker engine answers on this machine; asked once.
final class Docker {
    private static final boolean ANSWERS = DockerClientFactory.instance().isDockerAvailable();

    private Docker() {}

    static boolean answers() {
        return ANSWERS;
    }
}
