@NullMarked
package dev.offpeak.worker.providers.openai;

import org.jspecify.annotations.NullMarked;
