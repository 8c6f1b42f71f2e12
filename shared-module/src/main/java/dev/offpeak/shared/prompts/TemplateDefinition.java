package dev.offpeak.shared.prompts;

import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// A prompt with gaps: `{{name}}` stands for the parameter of that name.
///
/// @param text becomes the user's message
/// @param system becomes the system message, if any
public record TemplateDefinition(
        String name, String text, @Nullable String system, SortedMap<String, TemplateParam> params) {

    static final Pattern PLACEHOLDER = Pattern.compile("\\{\\{\\s*([A-Za-z][A-Za-z0-9_]{0,63})\\s*}}");

    public TemplateDefinition {
        params = Collections.unmodifiableSortedMap(new TreeMap<>(params));
    }

    public TemplateDefinition(String name, String text, @Nullable String system, Map<String, TemplateParam> params) {
        this(name, text, system, new TreeMap<>(params));
    }

    /// The names that a text has gaps for.
    public static Set<String> placeholders(String text) {
        var names = new LinkedHashSet<String>();
        PLACEHOLDER.matcher(text).results().forEach(gap -> names.add(gap.group(1)));
        return names;
    }

    /// Whether a text has two opening braces that begin no placeholder.
    public static boolean malformed(String text) {
        return PLACEHOLDER.matcher(text).replaceAll("").contains("{{");
    }
}
