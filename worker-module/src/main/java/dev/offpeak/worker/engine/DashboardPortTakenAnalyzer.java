package dev.offpeak.worker.engine;

import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;

/// Says what to set instead of printing a stack trace.
final class DashboardPortTakenAnalyzer extends AbstractFailureAnalyzer<DashboardPortTaken> {

    @Override
    protected FailureAnalysis analyze(Throwable rootFailure, DashboardPortTaken cause) {
        return new FailureAnalysis(cause.getMessage(), null, cause);
    }
}
