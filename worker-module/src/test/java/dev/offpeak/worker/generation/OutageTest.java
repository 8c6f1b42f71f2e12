package dev.offpeak.worker.generation;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.SQLException;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.jdbc.UncategorizedSQLException;
import org.springframework.jdbc.support.SQLExceptionSubclassTranslator;
import org.springframework.transaction.CannotCreateTransactionException;

class OutageTest {

    @ParameterizedTest
    @ValueSource(
            strings = {
                "08000", "08001", "08003", "08006", "57P01", "57P02", "57P03", "25006", "53100", "53200", "53300",
                "40001", "40P01"
            })
    void passesByItself(String sqlState) {
        assertThat(Outage.isOne(translated(sqlState))).isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"42P01", "42703", "23505", "22021"})
    void isAFaultOfOurs(String sqlState) {
        assertThat(Outage.isOne(translated(sqlState))).isFalse();
    }

    @Test
    void aPoolWithoutAConnectionPassesByItself() {
        assertThat(Outage.isOne(new CannotCreateTransactionException("no connection")))
                .isTrue();
        assertThat(Outage.isOne(new IllegalStateException("a bug"))).isFalse();
    }

    /// As the product's JDBC translates it.
    private static RuntimeException translated(String sqlState) {
        var fault = new SQLException("fault", sqlState);
        var translated = new SQLExceptionSubclassTranslator().translate("test", "SELECT", fault);
        return translated == null
                ? new UncategorizedSQLException("test", "SELECT", fault)
                : Objects.requireNonNull(translated);
    }
}
