package dev.offpeak.api.http;

import java.util.List;
import java.util.stream.Stream;
import org.springframework.http.MediaType;
import org.springframework.web.HttpMediaTypeNotAcceptableException;
import org.springframework.web.accept.HeaderContentNegotiationStrategy;
import org.springframework.web.context.request.NativeWebRequest;

/// Who names problems as what they accept gets JSON where there is no problem, and never a job labelled as a problem.
final class JsonForProblems extends HeaderContentNegotiationStrategy {

    @Override
    public List<MediaType> resolveMediaTypes(NativeWebRequest request) throws HttpMediaTypeNotAcceptableException {
        return super.resolveMediaTypes(request).stream()
                .flatMap(type ->
                        type.getSubtype().endsWith("+json") ? Stream.of(MediaType.APPLICATION_JSON) : Stream.of(type))
                .distinct()
                .toList();
    }
}
