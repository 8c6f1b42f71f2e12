/// The console at `/console`. Nothing is built here yet.
@NullMarked
package dev.offpeak.api.console;

import org.jspecify.annotations.NullMarked;
