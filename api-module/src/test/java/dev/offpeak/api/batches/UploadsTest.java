package dev.offpeak.api.batches;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.offpeak.api.problems.Problem;
import dev.offpeak.shared.core.ErrorCode;
import dev.offpeak.shared.core.TenantId;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.SocketTimeoutException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.util.unit.DataSize;

class UploadsTest {

    private static final TenantId ACME = new TenantId(new UUID(0, 1));
    private static final TenantId BETA = new TenantId(new UUID(0, 2));
    private static final TenantId GAMMA = new TenantId(new UUID(0, 3));

    private static BatchSettings settings(@Nullable Path directory) {
        return new BatchSettings(
                3,
                DataSize.ofBytes(20),
                3,
                2,
                1,
                DataSize.ofBytes(1),
                Duration.ofSeconds(30),
                Duration.ofMillis(1),
                Duration.ofHours(24),
                directory);
    }

    @Test
    void leavesATenantNoMoreThanItsPlaces() {
        var uploads = new Uploads(settings(null));
        var first = uploads.begin(ACME);
        uploads.begin(ACME);

        assertThatExceptionOfType(Problem.class)
                .isThrownBy(() -> uploads.begin(ACME))
                .satisfies(refused -> {
                    assertThat(refused.code()).isEqualTo(ErrorCode.TOO_MANY_REQUESTS);
                    assertThat(refused.retryAfter()).isNotNull();
                });
        first.close();
        uploads.begin(ACME);
    }

    @Test
    void sendsUploadsAwayWhileThisNodeHasEnough() {
        var uploads = new Uploads(settings(null));
        uploads.begin(ACME);
        uploads.begin(ACME);
        uploads.begin(BETA);

        assertThatExceptionOfType(Problem.class)
                .isThrownBy(() -> uploads.begin(GAMMA))
                .satisfies(refused -> assertThat(refused.code()).isEqualTo(ErrorCode.UNAVAILABLE));
    }

    @Test
    void letsNobodyWaitForACheckForEver() {
        var uploads = new Uploads(settings(null));
        uploads.check();

        assertThatExceptionOfType(Problem.class)
                .isThrownBy(uploads::check)
                .satisfies(refused -> assertThat(refused.code()).isEqualTo(ErrorCode.UNAVAILABLE));
    }

    @Test
    void refusesTooManyLinesAndTooManyBytesAsTheyArrive(@TempDir Path directory) throws IOException {
        assertRefused(directory, "1\n2\n3\n4", "at most 3 lines");
        assertRefused(directory, "a line of more than twenty bytes", "at most 20 bytes");
        try (var received = ReceivedBody.receive(bytes("1\n2\n3\n"), settings(directory))) {
            assertThat(new String(received.file().in().readAllBytes(), UTF_8)).isEqualTo("1\n2\n3\n");
        }
        assertThat(directory).isEmptyDirectory();
    }

    @Test
    void leavesNothingOfAnUploadThatBreaksOff(@TempDir Path directory) throws IOException {
        var broken = new InputStream() {
            private int left = 5;

            @Override
            public int read() throws IOException {
                if (left == 0) {
                    throw new IOException("connection reset");
                }
                left--;
                return 'x';
            }
        };

        assertThatExceptionOfType(Problem.class)
                .isThrownBy(() -> ReceivedBody.receive(broken, settings(directory)))
                .satisfies(refused -> assertThat(refused.detail()).contains("broke off"));
        try (var files = Files.list(directory)) {
            assertThat(files).isEmpty();
        }
    }

    @Test
    void saysOfAnUploadThatStopsThatItCameTooLate(@TempDir Path directory) {
        var stopped = new InputStream() {
            @Override
            public int read() throws IOException {
                throw new IOException("as Tomcat wraps it", new SocketTimeoutException());
            }
        };

        assertThatExceptionOfType(Problem.class)
                .isThrownBy(() -> ReceivedBody.receive(stopped, settings(directory)))
                .satisfies(refused -> assertThat(refused.code()).isEqualTo(ErrorCode.REQUEST_TIMEOUT));
        assertThat(directory).isEmptyDirectory();
    }

    @Test
    void letsNoUploadThatTricklesKeepItsPlace(@TempDir Path directory) {
        var looks = new AtomicLong();

        assertThatExceptionOfType(Problem.class)
                .isThrownBy(() -> ReceivedBody.receive(
                        bytes("1\n2\n"),
                        settings(directory),
                        () -> Duration.ofSeconds(35).toNanos() * looks.getAndIncrement()))
                .satisfies(refused -> {
                    assertThat(refused.code()).isEqualTo(ErrorCode.REQUEST_TIMEOUT);
                    assertThat(refused.code().httpStatus()).isEqualTo(408);
                    assertThat(refused.detail()).contains("too slowly");
                });
        assertThat(directory).isEmptyDirectory();
    }

    @Test
    void letsAnUploadGoOnThatComesAtTheLeastRate(@TempDir Path directory) throws IOException {
        var looks = new AtomicLong();

        try (var received = ReceivedBody.receive(
                bytes("1\n2\n"),
                settings(directory),
                () -> Duration.ofSeconds(34).toNanos() * looks.getAndIncrement())) {
            assertThat(new String(received.file().in().readAllBytes(), UTF_8))
                    .as("four bytes in the half minute and four seconds that a byte a second leaves them")
                    .isEqualTo("1\n2\n");
        }
    }

    private static void assertRefused(Path directory, String body, String why) {
        assertThatExceptionOfType(Problem.class)
                .isThrownBy(() -> ReceivedBody.receive(bytes(body), settings(directory)))
                .satisfies(refused -> {
                    assertThat(refused.code()).isEqualTo(ErrorCode.PAYLOAD_TOO_LARGE);
                    assertThat(refused.detail()).contains(why);
                });
    }

    private static InputStream bytes(String body) {
        return new ByteArrayInputStream(body.getBytes(UTF_8));
    }
}
