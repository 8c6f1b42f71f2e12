package dev.offpeak.bench;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class MalformedRequestTest {

    private static final List<MalformedRequest> CASES =
            MalformedRequest.all(new MalformedRequest.Foreign("op_key", "job_1"));

    @Test
    void hasAtLeastSixtyCasesEachWithANameOfItsOwn() {
        assertThat(CASES).hasSizeGreaterThanOrEqualTo(60);
        assertThat(CASES).extracting(MalformedRequest::name).doesNotHaveDuplicates();
    }

    @Test
    void noTwoCasesSendTheSame() {
        assertThat(CASES)
                .extracting(one -> one.method()
                        + one.path()
                        + one.headers()
                        + new String(one.body(), ISO_8859_1)
                        + one.declaredLength())
                .doesNotHaveDuplicates();
    }
}
