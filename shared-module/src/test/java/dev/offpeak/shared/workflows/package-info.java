@NullMarked
package dev.offpeak.shared.workflows;

import org.jspecify.annotations.NullMarked;
