package dev.offpeak.simulator.batches;

import dev.offpeak.simulator.batches.Conduct.Die;
import dev.offpeak.simulator.tokens.Hashes;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;

/// Writes what clients download, in any order, and with the oddities that were asked for.
final class ResultFiles {
    private static final byte[] BROKEN =
            "{\"id\":\"batch_req_broken\",\"custom_id\":\"".getBytes(StandardCharsets.UTF_8);

    record Sizes(long outputLines, long outputBytes, long errorLines, long errorBytes) {}

    private ResultFiles() {}

    static Sizes write(ResultLog log, Path folder, Conduct conduct, LineWork work, BatchView view) throws IOException {
        Places places = places(log);
        if (conduct.word("result_order").equals("shuffled")) {
            places.shuffle(conduct.luck());
        }
        Path errorFile = folder.resolve(Batch.ERROR);
        try (FileChannel in = FileChannel.open(folder.resolve(Batch.LOG), StandardOpenOption.READ);
                var output = new Out(folder.resolve(Batch.OUTPUT), conduct);
                var error = new Out(errorFile, conduct)) {
            for (int i = 0; i < places.size; i++) {
                byte[] line = places.read(in, i);
                boolean toError = places.failed[i] && work.hasErrorFile();
                Out out = toError ? error : output;
                if (conduct.drawn("result_malformed_rate", Die.LINE_MALFORMED, i)) {
                    out.line(BROKEN);
                } else {
                    out.line(line);
                }
                if (conduct.drawn("result_duplicate_rate", Die.LINE_DUPLICATED, i)) {
                    out.line(line);
                }
                if (conduct.drawn("result_unknown_id_rate", Die.LINE_STRAY, i)) {
                    out.line(work.stray(view));
                }
            }
            return new Sizes(output.lines, output.end(), error.lines, error.end());
        }
    }

    private static Places places(ResultLog log) throws IOException {
        var places = new Places();
        log.places(place -> {
            if (place.fate() != Fate.LOST) {
                places.add(place);
            }
        });
        return places;
    }

    private static final class Places {
        private long[] offsets = new long[1_024];
        private int[] lengths = new int[1_024];
        private boolean[] failed = new boolean[1_024];
        private int size;

        private void add(ResultLog.Place place) {
            if (size == offsets.length) {
                offsets = Arrays.copyOf(offsets, size * 2);
                lengths = Arrays.copyOf(lengths, size * 2);
                failed = Arrays.copyOf(failed, size * 2);
            }
            offsets[size] = place.offset();
            lengths[size] = place.length();
            failed[size] = place.fate() != Fate.SUCCEEDED;
            size++;
        }

        private void shuffle(long luck) {
            for (int i = size - 1; i > 0; i--) {
                int other = (int) (Hashes.fraction(Hashes.mix(luck, i)) * (i + 1));
                long offset = offsets[i];
                offsets[i] = offsets[other];
                offsets[other] = offset;
                int length = lengths[i];
                lengths[i] = lengths[other];
                lengths[other] = length;
                boolean bad = failed[i];
                failed[i] = failed[other];
                failed[other] = bad;
            }
        }

        private byte[] read(FileChannel in, int i) throws IOException {
            ByteBuffer text = ByteBuffer.allocate(lengths[i]);
            while (text.hasRemaining()) {
                if (in.read(text, offsets[i] + text.position()) < 0) {
                    throw new IOException("the log of a batch has become shorter");
                }
            }
            return text.array();
        }
    }

    private static final class Out implements AutoCloseable {
        private final OutputStream out;
        private final boolean crlf;
        private final boolean blankLast;
        private long lines;
        private long bytes;

        private Out(Path file, Conduct conduct) throws IOException {
            out = new BufferedOutputStream(Files.newOutputStream(file), 1 << 16);
            crlf = conduct.flag("result_crlf");
            blankLast = conduct.flag("result_blank_last_line");
        }

        private void line(byte[] line) throws IOException {
            out.write(line);
            lines++;
            bytes += line.length;
            lineEnd();
        }

        private void lineEnd() throws IOException {
            if (crlf) {
                out.write('\r');
                bytes++;
            }
            out.write('\n');
            bytes++;
        }

        private long end() throws IOException {
            if (blankLast && lines > 0) {
                lineEnd();
            }
            return bytes;
        }

        @Override
        public void close() throws IOException {
            out.close();
        }
    }
}
