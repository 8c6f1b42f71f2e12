/// Facts about the bench that need no server but its own.
@NullMarked
package dev.offpeak.bench;

import org.jspecify.annotations.NullMarked;
