/// The worker as a whole.
@NullMarked
package dev.offpeak.worker;

import org.jspecify.annotations.NullMarked;
