/// Schemas that must not do harm.
@NullMarked
package dev.offpeak.shared.schemas;

import org.jspecify.annotations.NullMarked;
