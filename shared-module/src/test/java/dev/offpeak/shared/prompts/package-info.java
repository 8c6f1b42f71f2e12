@NullMarked
package dev.offpeak.shared.prompts;

import org.jspecify.annotations.NullMarked;
