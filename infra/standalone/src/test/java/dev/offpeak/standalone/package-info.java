/// Tests of the data folder and of the servers on it, with real processes.
@NullMarked
package dev.offpeak.standalone;

import org.jspecify.annotations.NullMarked;
