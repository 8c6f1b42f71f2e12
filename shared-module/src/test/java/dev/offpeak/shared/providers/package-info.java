@NullMarked
package dev.offpeak.shared.providers;

import org.jspecify.annotations.NullMarked;
