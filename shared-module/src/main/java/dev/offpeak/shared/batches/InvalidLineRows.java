package dev.offpeak.shared.batches;

import dev.offpeak.shared.core.BatchId;
import dev.offpeak.shared.jobs.CopyRow;
import java.io.IOException;
import java.io.OutputStream;

/// Writes lines that could not become jobs as rows that PostgreSQL takes by COPY.
public final class InvalidLineRows {

    static final String COPY = "COPY batch_invalid_line (batch_id, line, custom_id, code, message) FROM STDIN";

    private final BatchId batch;
    private final OutputStream rows;
    private final CopyRow row = new CopyRow();

    public InvalidLineRows(BatchId batch, OutputStream rows) {
        this.batch = batch;
        this.rows = rows;
    }

    /// For one thread.
    public void write(InvalidLine line) throws IOException {
        rows.write(row.id(batch.value())
                .number(line.line())
                .text(line.customId())
                .text(line.code())
                .text(line.message())
                .end());
    }
}
