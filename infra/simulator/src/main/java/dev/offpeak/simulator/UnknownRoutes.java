package dev.offpeak.simulator;

import dev.offpeak.simulator.anthropic.AnthropicDialect;
import dev.offpeak.simulator.openai.OpenAiDialect;
import dev.offpeak.simulator.serving.Dialect;
import dev.offpeak.simulator.serving.Refused;
import dev.offpeak.simulator.serving.Serving;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.web.HttpRequestMethodNotSupportedException;
import org.springframework.web.bind.annotation.ControllerAdvice;
import org.springframework.web.bind.annotation.ExceptionHandler;
import org.springframework.web.servlet.NoHandlerFoundException;
import org.springframework.web.servlet.resource.NoResourceFoundException;

/// Answers what no route takes, and what went wrong in here, as the provider would whose part of the paths it
/// is.
@ControllerAdvice
final class UnknownRoutes {
    private static final Logger LOG = LoggerFactory.getLogger(UnknownRoutes.class);

    private final Serving serving;
    private final OpenAiDialect openAi;
    private final AnthropicDialect anthropic;

    UnknownRoutes(Serving serving, OpenAiDialect openAi, AnthropicDialect anthropic) {
        this.serving = serving;
        this.openAi = openAi;
        this.anthropic = anthropic;
    }

    @ExceptionHandler({NoHandlerFoundException.class, NoResourceFoundException.class})
    void noRoute(HttpServletRequest request, HttpServletResponse response) throws IOException {
        Dialect dialect = dialect(request);
        refuse(dialect, dialect.noSuchRoute(request.getMethod(), request.getRequestURI()), response);
    }

    @ExceptionHandler(HttpRequestMethodNotSupportedException.class)
    void wrongMethod(HttpRequestMethodNotSupportedException e, HttpServletRequest request, HttpServletResponse response)
            throws IOException {
        String[] supported = e.getSupportedMethods();
        if (supported != null) {
            response.setHeader("Allow", String.join(", ", supported));
        }
        Dialect dialect = dialect(request);
        refuse(dialect, dialect.wrongMethod(request.getMethod(), request.getRequestURI()), response);
    }

    /// A client that went away; there is nobody left to tell.
    @ExceptionHandler(IOException.class)
    void gone(IOException e) {
        LOG.atDebug().addKeyValue("reason", e.getMessage()).log("A client went away before its answer was out");
    }

    @ExceptionHandler(RuntimeException.class)
    void broken(RuntimeException e, HttpServletRequest request, HttpServletResponse response) throws IOException {
        LOG.atError()
                .addKeyValue("path", request.getRequestURI())
                .setCause(e)
                .log("The simulator failed; the client sees a 500 that no behaviour asked for");
        if (!response.isCommitted()) {
            Dialect dialect = dialect(request);
            refuse(dialect, dialect.failure(500), response);
        }
    }

    private void refuse(Dialect dialect, Refused refused, HttpServletResponse response) throws IOException {
        serving.refuse(dialect, refused, response);
    }

    private Dialect dialect(HttpServletRequest request) {
        return request.getRequestURI().startsWith("/anthropic/") ? anthropic : openAi;
    }
}
