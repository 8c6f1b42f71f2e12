/// The fault run: real processes that are killed, stopped and cut off while jobs come in, and the checker that says
/// afterwards, row by row, whether anything was lost or done twice. All of it is on loopback and ends what it started.
@NullMarked
package dev.offpeak.bench.faults;

import org.jspecify.annotations.NullMarked;
