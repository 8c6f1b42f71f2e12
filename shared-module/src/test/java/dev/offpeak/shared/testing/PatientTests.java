package dev.offpeak.shared.testing;

import java.time.Duration;
import org.awaitility.Awaitility;
import org.junit.platform.launcher.LauncherSession;
import org.junit.platform.launcher.LauncherSessionListener;

/// Makes every `await()` of every test patient: what must happen is waited for as long as a machine may need that is
/// ten times slower, so a test names no time of its own. JUnit finds this where our test jar is on the classpath.
public final class PatientTests implements LauncherSessionListener {
    private static final Duration PATIENCE = Duration.ofMinutes(3);

    @Override
    public void launcherSessionOpened(LauncherSession session) {
        Awaitility.setDefaultTimeout(PATIENCE);
    }
}
