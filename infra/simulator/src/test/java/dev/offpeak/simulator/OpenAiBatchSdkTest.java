package dev.offpeak.simulator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.openai.core.http.HttpResponse;
import com.openai.errors.BadRequestException;
import com.openai.errors.InternalServerException;
import com.openai.errors.NotFoundException;
import com.openai.models.batches.Batch;
import com.openai.models.batches.BatchCreateParams;
import com.openai.models.files.FileCreateParams;
import com.openai.models.files.FileObject;
import com.openai.models.files.FilePurpose;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The batch side seen by OpenAI's own client, which validates each answer.
class OpenAiBatchSdkTest {
    @TempDir
    Path folder;

    private RunningSimulator simulator;

    @BeforeEach
    void reset() {
        simulator = RunningSimulator.fresh();
        simulator.behave("{\"batch\":{\"seconds_to_complete\":0}}");
    }

    @Test
    void completesABatch() throws IOException {
        FileObject file = upload(OpenAiBatchWire.chats(3));
        Batch created = create(file.id());
        Batch batch = ended(created.id());

        assertThat(file.expiresAt()).isEmpty();
        assertThat(simulator.openAi().files().retrieve(file.id()).expiresAt()).isPresent();
        assertThat(created.status()).isEqualTo(Batch.Status.VALIDATING);
        assertThat(batch.status()).isEqualTo(Batch.Status.COMPLETED);
        assertThat(batch.requestCounts().orElseThrow().completed()).isEqualTo(3);
        assertThat(batch.usage().orElseThrow().outputTokens()).isPositive();
        assertThat(batch.model()).hasValue("gpt-4o-mini");
        assertThat(batch.errorFileId()).isEmpty();
        assertThat(content(batch.outputFileId().orElseThrow()).lines()).hasSize(3);
        assertThat(simulator.openAi().batches().list().data())
                .extracting(Batch::id)
                .containsExactly(batch.id());
        assertThat(simulator.openAi().files().list().data())
                .extracting(FileObject::id)
                .contains(file.id(), batch.outputFileId().orElseThrow());
        assertThat(simulator.openAi().files().delete(file.id()).deleted()).isTrue();
    }

    @Test
    void readsFailuresAndExpiryAndCancellation() throws IOException {
        Batch failed = ended(create(upload("nonsense\n").id()).id());
        assertThat(failed.errors().orElseThrow().data().orElseThrow().getFirst().code())
                .hasValue("invalid_json_line");

        simulator.behave("{\"batch\":{\"expire_after_seconds\":0.2}}");
        Batch expired = ended(create(upload(OpenAiBatchWire.chats(4)).id()).id());
        assertThat(expired.status()).isEqualTo(Batch.Status.EXPIRED);
        assertThat(content(expired.errorFileId().orElseThrow()).lines()).hasSize(2);

        simulator.behave("{\"batch\":{\"expire_after_seconds\":null,\"stall\":true,\"cancel_seconds\":600}}");
        Batch stalled = create(upload(OpenAiBatchWire.chats(4)).id());
        assertThat(simulator.openAi().batches().cancel(stalled.id()).status()).isEqualTo(Batch.Status.CANCELLING);

        simulator.behave("{\"batch\":{\"cancel_seconds\":0}}");
        Batch cancelled = create(upload(OpenAiBatchWire.chats(4)).id());
        simulator.openAi().batches().cancel(cancelled.id());
        assertThat(ended(cancelled.id()).status()).isEqualTo(Batch.Status.CANCELLED);
    }

    @Test
    void throwsWhatTheClientKnows() throws IOException {
        assertThatThrownBy(() -> simulator.openAi().batches().retrieve("batch_none"))
                .isInstanceOf(NotFoundException.class);
        assertThatThrownBy(() -> create("file-none")).isInstanceOf(BadRequestException.class);
        simulator.behave("{\"batch\":{\"create_fails_after_creating_rate\":1}}");
        String file = upload(OpenAiBatchWire.chats(1)).id();
        assertThatThrownBy(() -> create(file)).isInstanceOf(InternalServerException.class);
        assertThat(simulator.openAi().batches().list().data()).hasSize(1);
    }

    private FileObject upload(String lines) throws IOException {
        Path file = folder.resolve("in.jsonl");
        Files.writeString(file, lines);
        return simulator
                .openAi()
                .files()
                .create(FileCreateParams.builder()
                        .file(file)
                        .purpose(FilePurpose.BATCH)
                        .build());
    }

    private Batch create(String file) {
        return simulator
                .openAi()
                .batches()
                .create(BatchCreateParams.builder()
                        .inputFileId(file)
                        .endpoint(BatchCreateParams.Endpoint.V1_CHAT_COMPLETIONS)
                        .completionWindow(BatchCreateParams.CompletionWindow._24H)
                        .build());
    }

    private Batch ended(String id) {
        Awaitility.await().until(() -> {
            Batch batch = simulator.openAi().batches().retrieve(id);
            return batch.completedAt().isPresent()
                    || batch.failedAt().isPresent()
                    || batch.expiredAt().isPresent()
                    || batch.cancelledAt().isPresent();
        });
        return simulator.openAi().batches().retrieve(id);
    }

    private String content(String file) throws IOException {
        try (HttpResponse response = simulator.openAi().files().content(file)) {
            return new String(response.body().readAllBytes(), StandardCharsets.UTF_8);
        }
    }
}
