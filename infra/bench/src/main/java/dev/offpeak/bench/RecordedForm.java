package dev.offpeak.bench;

import java.nio.charset.StandardCharsets;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// A multipart body as it is written down: `{"form": {"purpose": "batch", "file": "input.jsonl"}, "lines":
/// […]}`, where a file is told by its name and, if it holds JSON lines, by the first of them.
final class RecordedForm {

    private static final Pattern BOUNDARY = Pattern.compile("(?i)multipart/form-data;.*boundary=\"?([^\";]+)\"?.*");
    private static final Pattern NAME = Pattern.compile("(?i)[; ]name=\"([^\"]*)\"");
    private static final Pattern FILE_NAME = Pattern.compile("(?i)filename=\"([^\"]*)\"");
    private static final String END_OF_HEAD = "\r\n\r\n";
    private static final int MOST_LINES = 200;

    private RecordedForm() {}

    /// @return null where it is no form
    static @Nullable ObjectNode of(@Nullable String contentType, byte[] body) {
        Matcher form = BOUNDARY.matcher(contentType == null ? "" : contentType);
        if (!form.matches()) {
            return null;
        }
        ObjectNode recorded = Json.object();
        ObjectNode fields = recorded.putObject("form");
        ArrayNode lines = recorded.putArray("lines");
        String text = new String(body, StandardCharsets.UTF_8);
        for (String part : text.split(Pattern.quote("--" + form.group(1)), -1)) {
            int head = part.indexOf(END_OF_HEAD);
            if (head >= 0) {
                add(part.substring(0, head), withoutEnd(part.substring(head + END_OF_HEAD.length())), fields, lines);
            }
        }
        return recorded;
    }

    private static String withoutEnd(String value) {
        return value.endsWith("\r\n") ? value.substring(0, value.length() - 2) : value;
    }

    private static void add(String head, String value, ObjectNode fields, ArrayNode lines) {
        Matcher name = NAME.matcher(head);
        if (!name.find()) {
            return;
        }
        Matcher fileName = FILE_NAME.matcher(head);
        if (!fileName.find()) {
            fields.put(name.group(1), value);
            return;
        }
        fields.put(name.group(1), fileName.group(1));
        value.lines().limit(MOST_LINES).forEach(line -> addLine(line, lines));
    }

    private static void addLine(String line, ArrayNode lines) {
        try {
            lines.add(Json.parse(line));
        } catch (JacksonException _) {
            lines.add(line); // shown, and found to be no object
        }
    }
}
