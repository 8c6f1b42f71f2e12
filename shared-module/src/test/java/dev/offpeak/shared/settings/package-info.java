@NullMarked
package dev.offpeak.shared.settings;

import org.jspecify.annotations.NullMarked;
