/// Places between two steps where a test may end or hold the process, to show what a crash there leaves behind. They
/// are compiled into the product, so that what is tested is what runs, and do nothing unless `offpeak.failpoints` arms
/// them; a process that was not told that it is for tests refuses to be armed, and so does one that could reach a real
/// provider or a database elsewhere.
@NullMarked
package dev.offpeak.shared.failpoints;

import org.jspecify.annotations.NullMarked;
