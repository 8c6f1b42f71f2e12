package dev.offpeak.standalone;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Base64;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DataFolderTest {
    @TempDir
    private Path folder;

    @Test
    void belongsToOneAtATime() {
        try (var _ = DataFolder.lock(folder)) {
            assertThatThrownBy(() -> DataFolder.lock(folder))
                    .isInstanceOf(CannotStart.class)
                    .hasMessageContaining(folder.toString())
                    .hasMessageContaining("process " + ProcessHandle.current().pid())
                    .hasMessageContaining("OFFPEAK_DATA_DIR");
        }
        DataFolder.lock(folder).close();
    }

    @Test
    void keepsItsKeysOverARestartAndFromOthersEyes() throws IOException {
        String apiKey;
        String secretKey;
        try (var first = DataFolder.lock(folder)) {
            apiKey = first.apiKey(null);
            secretKey = first.secretKey(null);
        }

        try (var second = DataFolder.lock(folder)) {
            assertThat(second.apiKey(null)).isEqualTo(apiKey).hasSizeGreaterThanOrEqualTo(24);
            assertThat(second.secretKey(null)).isEqualTo(secretKey);
            assertThat(Base64.getDecoder().decode(secretKey)).hasSize(32);
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(second.apiKeyFile())))
                    .isEqualTo("rw-------");
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(folder.resolve("secret-key"))))
                    .isEqualTo("rw-------");
        }
    }

    @Test
    void writesAGivenApiKeyDownAndAGivenSecretKeyNot() {
        try (var data = DataFolder.lock(folder)) {
            data.apiKey(null);

            assertThat(data.apiKey("a key that the operator chose")).isEqualTo("a key that the operator chose");
            assertThat(data.apiKeyFile()).hasContent("a key that the operator chose");
            assertThat(data.secretKey("c2VjcmV0")).isEqualTo("c2VjcmV0");
            assertThat(folder.resolve("secret-key")).doesNotExist();
        }
    }

    @Test
    void saysWhenTheFolderCannotBeOne() throws IOException {
        var file = Files.createFile(folder.resolve("a file"));

        assertThatThrownBy(() -> DataFolder.lock(file))
                .isInstanceOf(CannotStart.class)
                .hasMessageContaining(file.toString())
                .hasMessageContaining("OFFPEAK_DATA_DIR");
    }
}
