package dev.offpeak.shared.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class PostgresAddressTest {
    @Test
    void takesUserAndPasswordOutAndKeepsTheRest() {
        var address = PostgresAddress.parse("jdbc:postgresql://db:5433/app?user=ann&sslmode=require&password=a%26b");

        assertThat(address.user()).isEqualTo("ann");
        assertThat(address.password()).isEqualTo("a&b");
        assertThat(address.withDatabase("other").jdbcUrl())
                .isEqualTo("jdbc:postgresql://db:5433/other?sslmode=require");
    }

    @Test
    void fillsInWhatIsMissing() {
        var address = PostgresAddress.parse("jdbc:postgresql://localhost");

        assertThat(address.user()).isEqualTo("postgres");
        assertThat(address.jdbcUrl()).isEqualTo("jdbc:postgresql://localhost/postgres");
    }

    @Test
    void refusesAnotherKindOfAddress() {
        assertThatThrownBy(() -> PostgresAddress.parse("mysql://localhost"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("jdbc:postgresql://");
    }
}
