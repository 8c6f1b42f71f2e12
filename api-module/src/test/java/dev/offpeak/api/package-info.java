@NullMarked
package dev.offpeak.api;

import org.jspecify.annotations.NullMarked;
