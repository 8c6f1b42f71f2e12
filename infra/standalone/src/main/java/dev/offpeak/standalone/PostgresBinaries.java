package dev.offpeak.standalone;

import io.zonky.test.db.postgres.embedded.DefaultPostgresBinaryResolver;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Locale;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.springframework.util.FileSystemUtils;
import org.tukaani.xz.XZInputStream;

/// PostgreSQL's programs, unpacked from our own jar.
///
/// @param home the folder with `bin`, `lib` and `share`
record PostgresBinaries(Path home) {
    private static final int NAME_LENGTH = 12;

    /// Unpacks what this jar carries for this machine, once per version.
    ///
    /// @throws CannotStart when it carries nothing for this machine
    static PostgresBinaries unpackedIn(Path folder) throws IOException {
        var archive = archive();
        var home = folder.resolve("postgres-" + digest(archive));
        if (!Files.exists(home)) {
            var fresh = folder.resolve("postgres.new"); // so that one killed while unpacking leaves no half
            FileSystemUtils.deleteRecursively(fresh);
            unpack(archive, fresh);
            Files.move(fresh, home);
        }
        return new PostgresBinaries(home);
    }

    String program(String name) {
        return home.resolve("bin").resolve(name).toString();
    }

    private static byte[] archive() throws IOException {
        var system = System.getProperty("os.name").startsWith("Mac") ? "Darwin" : "Linux";
        var machine = System.getProperty("os.arch").toLowerCase(Locale.ROOT);
        try (var stream = DefaultPostgresBinaryResolver.INSTANCE.getPgBinary(
                system, machine.equals("amd64") ? "x86_64" : machine)) {
            return stream.readAllBytes();
        } catch (IllegalStateException e) {
            throw new CannotStart(
                    "No PostgreSQL for " + system + " on " + machine
                            + " is built in: name one with OFFPEAK_POSTGRES_URL.",
                    e);
        }
    }

    private static String digest(byte[] archive) {
        try {
            return HexFormat.of()
                    .formatHex(MessageDigest.getInstance("SHA-256").digest(archive))
                    .substring(0, NAME_LENGTH);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("Every JDK has SHA-256", e);
        }
    }

    private static void unpack(byte[] archive, Path target) throws IOException {
        Files.createDirectories(target);
        try (var tar = new TarArchiveInputStream(new XZInputStream(new ByteArrayInputStream(archive)))) {
            for (TarArchiveEntry entry = tar.getNextEntry(); entry != null; entry = tar.getNextEntry()) {
                var file = target.resolve(entry.getName()).normalize();
                if (!file.startsWith(target)) {
                    throw new IOException("The archive reaches outside itself: " + entry.getName());
                }
                Files.createDirectories(entry.isDirectory() ? file : file.resolveSibling(""));
                if (entry.isSymbolicLink()) {
                    Files.createSymbolicLink(file, Path.of(entry.getLinkName()));
                } else if (entry.isFile()) {
                    Files.copy(tar, file);
                    file.toFile().setExecutable(file.startsWith(target.resolve("bin")), false);
                }
            }
        }
    }
}
