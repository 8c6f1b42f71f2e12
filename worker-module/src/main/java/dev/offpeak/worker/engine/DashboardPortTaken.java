package dev.offpeak.worker.engine;

import java.io.IOException;

/// The dashboard cannot listen where somebody wants it.
final class DashboardPortTaken extends RuntimeException {

    private static final long serialVersionUID = 1L;

    DashboardPortTaken(String where, IOException cause) {
        super(
                "The dashboard cannot listen on " + where + " (" + cause.getMessage()
                        + "): set OFFPEAK_DASHBOARD_PORT to a free port.",
                cause);
    }
}
