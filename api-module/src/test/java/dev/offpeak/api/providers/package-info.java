@NullMarked
package dev.offpeak.api.providers;

import org.jspecify.annotations.NullMarked;
