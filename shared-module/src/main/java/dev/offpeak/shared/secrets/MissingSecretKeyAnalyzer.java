package dev.offpeak.shared.secrets;

import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;

/// Says what is missing instead of printing a stack trace.
final class MissingSecretKeyAnalyzer extends AbstractFailureAnalyzer<MissingSecretKey> {

    @Override
    protected FailureAnalysis analyze(Throwable rootFailure, MissingSecretKey cause) {
        return new FailureAnalysis(
                cause.getMessage(), "Set it, for instance to the output of: openssl rand -base64 32", cause);
    }
}
