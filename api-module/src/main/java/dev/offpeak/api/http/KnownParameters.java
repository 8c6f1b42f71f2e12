package dev.offpeak.api.http;

import dev.offpeak.api.problems.Problem;
import dev.offpeak.shared.core.ErrorCode;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.util.Arrays;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import org.springframework.core.MethodParameter;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.method.HandlerMethod;
import org.springframework.web.servlet.HandlerInterceptor;

/// Refuses query parameters that a resource does not know, for a mistyped filter would otherwise find everything, and
/// those sent twice.
final class KnownParameters implements HandlerInterceptor {

    private static final String OURS = "dev.offpeak.";

    private final Map<HandlerMethod, Set<String>> known = new ConcurrentHashMap<>();

    @Override
    public boolean preHandle(HttpServletRequest request, HttpServletResponse response, Object handler) {
        if (handler instanceof HandlerMethod method
                && method.getBeanType().getName().startsWith(OURS)
                && request.getQueryString() != null) {
            var names = known.computeIfAbsent(method, KnownParameters::namesOf);
            request.getParameterMap().forEach((name, values) -> {
                if (!names.contains(name)) {
                    throw Problem.at(ErrorCode.UNKNOWN_FIELD, name, "is not a known query parameter");
                }
                if (values.length > 1) {
                    throw Problem.at(ErrorCode.INVALID_REQUEST, name, "may be sent once only");
                }
                if (values[0].chars().anyMatch(Character::isISOControl)) {
                    throw Problem.at(ErrorCode.INVALID_REQUEST, name, "must not have control characters");
                }
            });
        }
        return true;
    }

    private static Set<String> namesOf(HandlerMethod method) {
        return Arrays.stream(method.getMethodParameters())
                .filter(parameter -> parameter.hasParameterAnnotation(RequestParam.class))
                .map(KnownParameters::nameOf)
                .collect(Collectors.toUnmodifiableSet());
    }

    private static String nameOf(MethodParameter parameter) {
        var annotation = parameter.getParameterAnnotation(RequestParam.class);
        String given = annotation == null ? "" : annotation.name();
        return given.isEmpty() ? parameter.getParameter().getName() : given;
    }
}
