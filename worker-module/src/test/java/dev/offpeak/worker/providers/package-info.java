@NullMarked
package dev.offpeak.worker.providers;

import org.jspecify.annotations.NullMarked;
