/// Facts about the values that every room uses.
@NullMarked
package dev.offpeak.shared.core;

import org.jspecify.annotations.NullMarked;
