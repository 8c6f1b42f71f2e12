package dev.offpeak.api.problems;

import dev.offpeak.shared.core.ErrorCode;
import io.swagger.v3.oas.annotations.Hidden;
import jakarta.servlet.RequestDispatcher;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import org.springframework.boot.webmvc.error.ErrorController;
import org.springframework.stereotype.Controller;
import org.springframework.web.bind.annotation.RequestMapping;

/// Answers what failed outside of Spring MVC, in a filter or in the server.
@Controller
@Hidden
class BareProblemController implements ErrorController {

    private final ProblemWriter problems;

    BareProblemController(ProblemWriter problems) {
        this.problems = problems;
    }

    @RequestMapping("${server.error.path:/error}")
    void answer(HttpServletRequest request, HttpServletResponse response) throws IOException {
        int status = request.getAttribute(RequestDispatcher.ERROR_STATUS_CODE) instanceof Integer code ? code : 404;
        var problem = switch (status) {
            case 404 -> Problem.of(ErrorCode.NOT_FOUND, "Nothing is at this path.");
            case 405 -> Problem.of(ErrorCode.METHOD_NOT_ALLOWED, "That method is not possible here.");
            case 413 -> Problem.of(ErrorCode.PAYLOAD_TOO_LARGE, "The body is too large.");
            default ->
                status < 500
                        ? Problem.of(ErrorCode.INVALID_REQUEST, "The request cannot be understood.")
                        : Problem.of(ErrorCode.INTERNAL_ERROR, "Please try again later.");
        };
        problems.write(problem, request, response);
    }
}
