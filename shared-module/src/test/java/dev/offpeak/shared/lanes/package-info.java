@NullMarked
package dev.offpeak.shared.lanes;

import org.jspecify.annotations.NullMarked;
