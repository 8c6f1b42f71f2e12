package dev.offpeak.standalone;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/// The folder that holds all that a restart needs: databases, keys, remembered ports. Locked for as long as we run;
/// the system lets go of the lock when our process ends, however it ends.
final class DataFolder implements AutoCloseable {
    private static final int SECRET_BYTES = 32;
    private static final int KEY_BYTES = 24;

    private final Path path;
    private final FileChannel lock;

    private DataFolder(Path path, FileChannel lock) {
        this.path = path;
        this.lock = lock;
    }

    /// Makes the folder if it is missing, and takes it.
    ///
    /// @throws CannotStart when another process has it, or it cannot be written
    static DataFolder lock(Path wanted) {
        try {
            Files.createDirectories(wanted);
            var path = wanted.toRealPath();
            var channel = FileChannel.open(
                    path.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
            if (!tryLock(channel)) {
                var holder = Files.readString(path.resolve("lock")).strip();
                channel.close();
                throw new CannotStart("Another Offpeak" + (holder.isEmpty() ? "" : " (process " + holder + ")")
                        + " uses the data folder " + path
                        + ": stop it, or choose another folder with OFFPEAK_DATA_DIR.");
            }
            channel.truncate(0);
            channel.write(
                    ByteBuffer.wrap(Long.toString(ProcessHandle.current().pid()).getBytes(UTF_8)));
            return new DataFolder(path, channel);
        } catch (IOException e) {
            throw new CannotStart(
                    "The data folder " + wanted + " cannot be used (" + e + "): choose another with OFFPEAK_DATA_DIR.",
                    e);
        }
    }

    Path path() {
        return path;
    }

    Path apiKeyFile() {
        return path.resolve("api-key");
    }

    /// The first tenant's key: the given one, else the one of the last start, else a new one.
    String apiKey(@Nullable String given) {
        var random = new byte[KEY_BYTES];
        new SecureRandom().nextBytes(random);
        return kept(apiKeyFile(), given, "offpeak_" + Base64.getUrlEncoder().encodeToString(random));
    }

    /// 32 bytes in base64 that encrypt stored secrets: the given ones, else those of the last start, else new ones.
    /// Given ones are not written down.
    String secretKey(@Nullable String given) {
        if (given != null) {
            return given;
        }
        var random = new byte[SECRET_BYTES];
        new SecureRandom().nextBytes(random);
        return kept(path.resolve("secret-key"), null, Base64.getEncoder().encodeToString(random));
    }

    /// What our own servers ask of whoever connects: other users of this machine reach the loopback, too.
    String serversPassword() {
        var random = new byte[SECRET_BYTES];
        new SecureRandom().nextBytes(random);
        return kept(path.resolve("servers-password"), null, HexFormat.of().formatHex(random));
    }

    @Override
    public void close() {
        try {
            lock.close();
        } catch (IOException _) {
            // the end of the process lets go of it anyway
        }
    }

    // A file is locked against other processes; a second try within this one is told by an exception.
    private static boolean tryLock(FileChannel channel) throws IOException {
        try {
            return channel.tryLock() != null;
        } catch (OverlappingFileLockException _) {
            return false;
        }
    }

    private static String kept(Path file, @Nullable String given, String fresh) {
        try {
            var before = Files.exists(file) ? Files.readString(file).stripTrailing() : "";
            if (given == null && !before.isEmpty()) {
                return before;
            }
            var value = given == null ? fresh : given;
            if (!value.equals(before)) {
                writePrivately(file, value);
            }
            return value;
        } catch (IOException e) {
            throw new CannotStart("The file " + file + " cannot be read or written (" + e + ").", e);
        }
    }

    /// Writes a file that only its owner may read; it is there whole or not at all.
    static void writePrivately(Path file, String text) throws IOException {
        var fresh = file.resolveSibling(file.getFileName() + ".new");
        Files.deleteIfExists(fresh);
        Files.createFile(fresh, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        Files.writeString(fresh, text + "\n");
        try {
            Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE);
        } catch (AtomicMoveNotSupportedException _) {
            Files.move(fresh, file, StandardCopyOption.REPLACE_EXISTING);
        }
    }
}
