/// Rules over the whole of the shared module.
@NullMarked
package dev.offpeak.shared;

import org.jspecify.annotations.NullMarked;
