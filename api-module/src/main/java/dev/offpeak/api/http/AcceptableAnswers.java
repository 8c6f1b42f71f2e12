package dev.offpeak.api.http;

import dev.offpeak.api.problems.Problem;
import dev.offpeak.shared.core.ErrorCode;
import jakarta.servlet.DispatcherType;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import org.springframework.core.annotation.AnnotatedElementUtils;
import org.springframework.http.HttpHeaders;
import org.springframework.http.InvalidMediaTypeException;
import org.springframework.http.MediaType;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.method.HandlerMethod;
import org.springframework.web.servlet.HandlerInterceptor;

/// Refuses a client that could not read the answer before anything is done for it. A client that takes only problems
/// takes our JSON too.
final class AcceptableAnswers implements HandlerInterceptor {

    private static final List<MediaType> JSON = List.of(MediaType.APPLICATION_JSON, MediaType.APPLICATION_PROBLEM_JSON);

    @Override
    public boolean preHandle(HttpServletRequest request, HttpServletResponse response, Object handler) {
        if (request.getDispatcherType() == DispatcherType.REQUEST
                && request.getRequestURI().startsWith("/v1/")
                && handler instanceof HandlerMethod method
                && !acceptsAny(accepted(request), answersOf(method))) {
            throw notAcceptable();
        }
        return true;
    }

    /// JSON, unless the route says that it answers with something else.
    private static List<MediaType> answersOf(HandlerMethod method) {
        var mapping = AnnotatedElementUtils.findMergedAnnotation(method.getMethod(), RequestMapping.class);
        return mapping == null || mapping.produces().length == 0
                ? JSON
                : Arrays.stream(mapping.produces())
                        .map(MediaType::parseMediaType)
                        .toList();
    }

    private static boolean acceptsAny(List<MediaType> accepted, List<MediaType> answers) {
        return accepted.isEmpty()
                || accepted.stream()
                        .filter(type -> type.getQualityValue() > 0)
                        .anyMatch(type -> answers.stream().anyMatch(type::includes));
    }

    private static List<MediaType> accepted(HttpServletRequest request) {
        try {
            return MediaType.parseMediaTypes(Collections.list(request.getHeaders(HttpHeaders.ACCEPT)));
        } catch (InvalidMediaTypeException _) {
            throw notAcceptable();
        }
    }

    private static Problem notAcceptable() {
        return Problem.at(ErrorCode.NOT_ACCEPTABLE, HttpHeaders.ACCEPT, "must allow application/json");
    }
}
