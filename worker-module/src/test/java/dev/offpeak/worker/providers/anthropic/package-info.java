@NullMarked
package dev.offpeak.worker.providers.anthropic;

import org.jspecify.annotations.NullMarked;
