package dev.offpeak.api.problems;

import java.io.IOException;
import org.apache.catalina.connector.Request;
import org.apache.catalina.connector.Response;
import org.apache.catalina.valves.ErrorReportValve;
import org.jspecify.annotations.Nullable;

/// What Tomcat itself refuses, before any filter runs, is a problem as well and not a page of HTML.
/// Tomcat makes the instance, so it is public and has no arguments.
public final class ProblemValve extends ErrorReportValve {

    @Override
    protected void report(Request request, Response response, @Nullable Throwable thrown) {
        int status = response.getStatus();
        if (status < 400 || response.getContentWritten() > 0 || !response.setErrorReported()) {
            return;
        }
        String code = status < 500 ? "invalid_request" : "internal_error";
        String title = status < 500 ? "The request is not valid" : "Something went wrong on our side";
        String body = """
                {"type":"urn:offpeak:problem:%s","title":"%s","status":%d,"detail":"The server cannot read the request.","code":"%s"}""".formatted(code, title, status, code);
        try {
            response.setContentType("application/problem+json");
            response.setCharacterEncoding("utf-8");
            response.getReporter().write(body);
            response.finishResponse();
        } catch (IOException _) {
            // The client has gone: there is nobody left to tell.
        }
    }
}
