package dev.offpeak.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class JavaHeapTest {

    @Test
    void readsG1() {
        assertThat(JavaHeap.usedBytes("""
                42:
                 garbage-first heap   total reserved 1048576K, committed 262144K, used 123456K [0x00000000c0000000, 0x0000000100000000)
                  region size 1024K, 40 young (40960K), 3 survivors (3072K)
                 Metaspace       used 90001K, committed 91008K, reserved 1179648K
                  class space    used 11000K, committed 11520K, reserved 1048576K
                """)).isEqualTo(123_456L << 10);
        assertThat(JavaHeap.usedBytes(" garbage-first heap   total 262144K, used 7K [0x0, 0x1)"))
                .isEqualTo(7L << 10);
    }

    @Test
    void addsTheGenerationsOfTheSerialCollectorAndNotTheirSpaces() {
        assertThat(JavaHeap.usedBytes("""
                 DefNew     total 78656K, used 1000K [0x0, 0x1, 0x2)
                  eden space 69952K,  20% used [0x0, 0x1, 0x2)
                  from space 8704K,   0% used [0x0, 0x1, 0x2)
                 Tenured    total 174784K, used 200K [0x0, 0x1, 0x2)
                 Metaspace       used 90001K, committed 91008K, reserved 1179648K
                """)).isEqualTo(1_200L << 10);
    }

    @Test
    void measuresAProcessThatRuns() throws Exception {
        assertThat(new JavaHeap(ProcessHandle.current().pid()).usedAfterCollection())
                .isBetween(1L << 20, Runtime.getRuntime().maxMemory());
    }

    @Test
    void refusesAHeapItCannotRead() {
        assertThatThrownBy(() -> JavaHeap.usedBytes("ZHeap used 20M, capacity 40M"))
                .isInstanceOf(IllegalStateException.class);
    }
}
