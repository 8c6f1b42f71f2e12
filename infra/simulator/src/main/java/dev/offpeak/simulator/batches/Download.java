package dev.offpeak.simulator.batches;

import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;

/// Streams a file to a client, or half of it and then a closed connection.
public final class Download {
    private Download() {}

    public static void send(Path file, String contentType, String name, Batches batches, HttpServletResponse response)
            throws IOException {
        long size = Files.size(file);
        boolean cut = batches.nextDownloadIsCut();
        response.setStatus(200);
        response.setContentType(contentType);
        response.setHeader("content-disposition", "attachment; filename=\"" + name + "\"");
        if (cut) {
            response.setHeader("connection", "close");
        }
        response.setContentLengthLong(size);
        try (InputStream in = Files.newInputStream(file)) {
            copy(in, response.getOutputStream(), cut ? size / 2 : size);
        }
        response.flushBuffer();
    }

    private static void copy(InputStream in, OutputStream out, long bytes) throws IOException {
        var block = new byte[1 << 16];
        long left = bytes;
        while (left > 0) {
            int size = in.read(block, 0, (int) Math.min(block.length, left));
            if (size < 0) {
                return;
            }
            out.write(block, 0, size);
            left -= size;
        }
    }
}
