package dev.offpeak.worker.providers;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Loads a vendor's SDK beside the start: its thousands of classes cost the first call one to two seconds otherwise.
public final class WarmUp {

    private static final Logger LOG = LoggerFactory.getLogger(WarmUp.class);

    private WarmUp() {}

    /// What to load; nothing of it is sent.
    @FunctionalInterface
    public interface Loading {
        void run() throws Exception;
    }

    public static void start(String provider, Loading loading) {
        Thread.ofVirtual().name(provider + "-warm-up").start(() -> {
            try {
                loading.run();
            } catch (Exception failed) {
                LOG.atWarn()
                        .addKeyValue("provider", provider)
                        .setCause(failed)
                        .log("The provider's SDK could not be loaded ahead; its first call will be slow or fail");
            }
        });
    }
}
