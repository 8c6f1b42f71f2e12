/// Tests of the dispatcher of webhooks.
@NullMarked
package dev.offpeak.worker.webhooks;

import org.jspecify.annotations.NullMarked;
