package dev.offpeak.bench;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// The heap of another Java process of the same user, by `jcmd`.
final class JavaHeap {

    /// `garbage-first heap   total 262144K, used 123456K`; the serial collector has one such line a generation. What
    /// lies outside the heap has no total.
    private static final Pattern USED =
            Pattern.compile("total (?:reserved )?\\d+K,(?: committed \\d+K,)? used (\\d+)K");

    private final long pid;

    JavaHeap(long pid) {
        this.pid = pid;
    }

    long pid() {
        return pid;
    }

    /// Bytes that a collection leaves. Collects twice: what the first one found dead may have held more.
    long usedAfterCollection() throws IOException, InterruptedException {
        jcmd("GC.run");
        jcmd("GC.run");
        return used();
    }

    /// Bytes in use, garbage included.
    long used() throws IOException, InterruptedException {
        return usedBytes(jcmd("GC.heap_info"));
    }

    static long usedBytes(String heapInfo) {
        Matcher lines = USED.matcher(heapInfo);
        long kilobytes = 0;
        boolean found = false;
        while (lines.find()) {
            kilobytes += Long.parseLong(lines.group(1));
            found = true;
        }
        if (!found) {
            throw new IllegalStateException("jcmd tells of no heap that the bench can read: " + heapInfo);
        }
        return kilobytes << 10;
    }

    private String jcmd(String command) throws IOException, InterruptedException {
        Path program = Path.of(System.getProperty("java.home"), "bin", "jcmd");
        Path answer = Files.createTempFile("offpeak-bench-jcmd", ".txt");
        try {
            Process process = new ProcessBuilder(program.toString(), Long.toString(pid), command)
                    .redirectErrorStream(true)
                    .redirectOutput(answer.toFile())
                    .start();
            if (!process.waitFor(60, TimeUnit.SECONDS)) {
                process.destroyForcibly();
                throw new IllegalStateException("process " + pid + " does not answer jcmd");
            }
            String text = Files.readString(answer, StandardCharsets.UTF_8);
            if (process.exitValue() != 0) {
                throw new IllegalStateException("jcmd " + pid + " " + command + " says: " + text.strip());
            }
            return text;
        } finally {
            Files.delete(answer);
        }
    }
}
