package dev.offpeak.worker.webhooks;

import java.time.Duration;

/// What follows a try.
sealed interface Next {

    record Delivered() implements Next {}

    /// Given up: the receiver said so, or the schedule is used up.
    record Failed() implements Next {}

    record RetryIn(Duration delay) implements Next {}
}
