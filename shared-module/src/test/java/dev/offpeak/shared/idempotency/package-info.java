@NullMarked
package dev.offpeak.shared.idempotency;

import org.jspecify.annotations.NullMarked;
