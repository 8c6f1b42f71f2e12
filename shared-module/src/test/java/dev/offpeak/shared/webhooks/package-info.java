/// Tests of webhooks as rows, signatures and targets.
@NullMarked
package dev.offpeak.shared.webhooks;

import org.jspecify.annotations.NullMarked;
