/// Values that every room uses: ids, money, token counts, error codes, the clock. It depends on the JDK alone.
@NullMarked
package dev.offpeak.shared.core;

import org.jspecify.annotations.NullMarked;
