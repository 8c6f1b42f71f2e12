package dev.offpeak.simulator;

import java.time.Duration;
import org.awaitility.Awaitility;
import org.junit.platform.launcher.LauncherSession;
import org.junit.platform.launcher.LauncherSessionListener;

/// Makes every `await()` patient enough for a machine that is ten times slower. JUnit finds this by itself.
public final class PatientTests implements LauncherSessionListener {
    private static final Duration PATIENCE = Duration.ofMinutes(3);

    @Override
    public void launcherSessionOpened(LauncherSession session) {
        Awaitility.setDefaultTimeout(PATIENCE);
    }
}
