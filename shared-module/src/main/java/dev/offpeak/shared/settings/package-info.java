/// The environment variables that every process of Offpeak reads, and the one place where they become Spring
/// properties.
/// Nothing else reads the environment.
@NullMarked
package dev.offpeak.shared.settings;

import org.jspecify.annotations.NullMarked;
