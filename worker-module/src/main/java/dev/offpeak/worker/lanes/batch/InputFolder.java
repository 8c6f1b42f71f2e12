package dev.offpeak.worker.lanes.batch;

import dev.offpeak.shared.core.WorkerId;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Where this worker's inputs lie until they are sent: a folder of its own, which it keeps locked while
/// it lives. What a dead worker has left there, prompts among it, is deleted by the next one that starts.
final class InputFolder implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(InputFolder.class);

    private static final String LOCK = ".lock";

    private final Path parent;
    private final Path own;
    private @Nullable FileChannel channel;
    private @Nullable FileLock lock;

    InputFolder(Path parent, WorkerId worker) {
        this.parent = parent;
        this.own = parent.resolve(worker.toString());
    }

    /// @return an empty file for the input of that name
    synchronized Path create(String name) throws IOException {
        if (lock == null || !Files.isDirectory(own)) {
            open();
        }
        Path file = own.resolve(name);
        Files.deleteIfExists(file);
        return Files.createFile(file);
    }

    private void open() throws IOException {
        close();
        Files.createDirectories(own, forUsOnly());
        channel = FileChannel.open(own.resolve(LOCK), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        lock = channel.lock();
    }

    /// There are prompts in it.
    private FileAttribute<?>[] forUsOnly() {
        return parent.getFileSystem().supportedFileAttributeViews().contains("posix")
                ? new FileAttribute<?>[] {
                    PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"))
                }
                : new FileAttribute<?>[0];
    }

    void clean() {
        if (!Files.isDirectory(parent)) {
            return;
        }
        try (DirectoryStream<Path> folders = Files.newDirectoryStream(parent, "wrk_*")) {
            for (Path folder : folders) {
                if (!folder.equals(own) && deserted(folder)) {
                    delete(folder);
                    log.atInfo().addKeyValue("folder", folder.getFileName()).log("Deleted what a dead worker had left");
                }
            }
        } catch (IOException | UncheckedIOException e) {
            log.atWarn()
                    .addKeyValue("folder", parent)
                    .setCause(e)
                    .log("Could not look for what dead workers have left");
        }
    }

    private static boolean deserted(Path folder) {
        Path file = folder.resolve(LOCK);
        if (!Files.exists(file)) {
            return false; // its worker is about to make it, or has just gone
        }
        try (var open = FileChannel.open(file, StandardOpenOption.WRITE)) {
            return open.tryLock() != null;
        } catch (OverlappingFileLockException | IOException inUse) {
            return false;
        }
    }

    private static void delete(Path folder) throws IOException {
        List<Path> all;
        try (Stream<Path> paths = Files.walk(folder)) {
            all = paths.sorted(Comparator.reverseOrder()).toList();
        }
        for (Path path : all) {
            Files.deleteIfExists(path);
        }
    }

    @Override
    public synchronized void close() {
        try {
            if (lock != null) {
                lock.release();
            }
            if (channel != null) {
                channel.close();
                delete(own);
            }
        } catch (IOException e) {
            log.atWarn().addKeyValue("folder", own).setCause(e).log("Could not clean up; the next worker will");
        } finally {
            lock = null;
            channel = null;
        }
    }
}
