package dev.offpeak.worker.engine;

import java.net.InetAddress;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/// @param enabled whether this worker opens JobRunr's dashboard
/// @param port 0 takes any free one
/// @param address what the dashboard listens on; anything but loopback needs a login
/// @param user of the login; belongs together with the password
/// @param password of the login; hidden wherever settings are shown
@ConfigurationProperties("offpeak.dashboard")
record DashboardSettings(
        @DefaultValue("true") boolean enabled,
        @DefaultValue("8000") int port,
        @DefaultValue("127.0.0.1") InetAddress address,
        @Nullable String user,
        @Nullable String password) {

    DashboardSettings {
        if (enabled && !address.isLoopbackAddress() && (isBlank(user) || isBlank(password))) {
            throw new IllegalStateException("The dashboard would listen on " + address.getHostAddress()
                    + " without a login: set OFFPEAK_DASHBOARD_USER and OFFPEAK_DASHBOARD_PASSWORD,"
                    + " or leave OFFPEAK_DASHBOARD_ADDRESS at 127.0.0.1");
        }
        if (isBlank(user) != isBlank(password)) {
            throw new IllegalStateException(
                    "The dashboard's login is half set: OFFPEAK_DASHBOARD_USER and OFFPEAK_DASHBOARD_PASSWORD belong"
                            + " together");
        }
    }

    boolean hasLogin() {
        return !isBlank(user);
    }

    private static boolean isBlank(@Nullable String text) {
        return text == null || text.isBlank();
    }

    @Override
    public String toString() {
        return "DashboardSettings[" + address.getHostAddress() + ":" + port + "]";
    }
}
