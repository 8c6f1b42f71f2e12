package dev.offpeak.shared.testing;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/// A part of a page under `docs/` that is printed from code, between `<!-- printed: name -->` and
/// `<!-- end: name -->`. The build fails where the page differs; with `-Doffpeak.docs.write=true` it is printed anew.
///
/// @param page relative to the folder of the module whose test asks
public record PrintedSection(Path page, String name) {

    public void assertSays(String text) throws IOException {
        String whole = Files.readString(page);
        String begin = "<!-- printed: " + name + " -->\n";
        String end = "<!-- end: " + name + " -->";
        assertThat(whole).contains(begin, end);
        int from = whole.indexOf(begin) + begin.length();
        int to = whole.indexOf(end);
        if (Boolean.getBoolean("offpeak.docs.write")) {
            Files.writeString(page, whole.substring(0, from) + text + whole.substring(to));
            return;
        }
        assertThat(whole.substring(from, to))
                .as("the part %s of %s; print it anew with -Doffpeak.docs.write=true", name, page)
                .isEqualTo(text);
    }
}
