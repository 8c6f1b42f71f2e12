package dev.offpeak.bench;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/// Times in which something lasted.
final class Spans {

    private final List<Span> spans = new ArrayList<>();

    private record Span(Instant from, Instant to) {}

    Spans add(Instant from, Instant to) {
        spans.add(new Span(from, to));
        return this;
    }

    /// Whether it lasted at that moment.
    boolean contain(Instant at) {
        return spans.stream().anyMatch(span -> !at.isBefore(span.from()) && !at.isAfter(span.to()));
    }

    /// How long at least one of them lasted.
    Duration busy() {
        var busy = Duration.ZERO;
        Instant until = Instant.MIN;
        for (Span span : spans.stream().sorted(Comparator.comparing(Span::from)).toList()) {
            Instant from = span.from().isAfter(until) ? span.from() : until;
            if (span.to().isAfter(from)) {
                busy = busy.plus(Duration.between(from, span.to()));
                until = span.to();
            }
        }
        return busy;
    }
}
