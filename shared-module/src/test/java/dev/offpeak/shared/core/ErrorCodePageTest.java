package dev.offpeak.shared.core;

import dev.offpeak.shared.testing.PrintedSection;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/// The table of errors in `docs/api.md` is printed from the enum. After a change:
/// `-Dtest=ErrorCodePageTest -Doffpeak.docs.write=true`.
class ErrorCodePageTest {

    @Test
    void thePageNamesEveryError() throws IOException {
        new PrintedSection(Path.of("..", "docs", "api.md"), "errors").assertSays(table());
    }

    private static String table() {
        var table = new StringBuilder("""
                | code | status | who acts | retryable | title |
                |---|---|---|---|---|
                """);
        for (ErrorCode code : ErrorCode.values()) {
            table.append("| `%s` | %s | %s | %s | %s |\n"
                    .formatted(
                            code.wire(),
                            code == ErrorCode.JOB_CANCELLED
                                    ? "none" // it marks calls, and no answer carries it
                                    : code.httpStatus(),
                            actor(code.blame()),
                            code.retryable() ? "yes" : "no",
                            code.title()));
        }
        return table.toString();
    }

    private static String actor(ErrorCode.Blame blame) {
        return switch (blame) {
            case CALLER -> "the caller";
            case OPERATOR -> "the operator";
            case PROVIDER -> "the provider";
            case US -> "Offpeak";
        };
    }
}
