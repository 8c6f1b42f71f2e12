package dev.offpeak.api.http;

import dev.offpeak.api.problems.Problem;
import dev.offpeak.shared.core.ErrorCode;
import java.io.IOException;
import java.lang.reflect.Type;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.core.ResolvableType;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpInputMessage;
import org.springframework.http.MediaType;
import org.springframework.http.converter.HttpMessageNotReadableException;
import org.springframework.http.converter.json.JacksonJsonHttpMessageConverter;
import tools.jackson.databind.json.JsonMapper;

/// Reads bodies with [StrictJson] and writes answers as Spring would.
final class StrictJsonConverter extends JacksonJsonHttpMessageConverter {

    private final StrictJson strict;

    StrictJsonConverter(StrictJson strict, JsonMapper answers) {
        super(answers);
        this.strict = strict;
    }

    @Override
    public boolean canRead(ResolvableType type, @Nullable MediaType mediaType) {
        return mediaType != null && MediaType.APPLICATION_JSON.equalsTypeAndSubtype(mediaType);
    }

    @Override
    public Object read(ResolvableType type, HttpInputMessage message, @Nullable Map<String, Object> hints)
            throws IOException, HttpMessageNotReadableException {
        var contentType = message.getHeaders().getContentType();
        if (contentType != null
                && contentType.getCharset() != null
                && !StandardCharsets.UTF_8.equals(contentType.getCharset())) {
            throw Problem.at(ErrorCode.UNSUPPORTED_MEDIA_TYPE, HttpHeaders.CONTENT_TYPE, "must be in UTF-8");
        }
        Type target = type.getType();
        return strict.read(message.getBody().readAllBytes(), strict.type(target));
    }
}
