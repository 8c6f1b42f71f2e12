/// Places between two steps where a test may end or hold the process, to show what a crash there leaves behind. They
/// are compiled into the product, so that what is tested is what runs, and do nothing unless `offpeak.failpoints` arms
/// them; a process that could reach a real provider or somebody else's database refuses to be armed.
@NullMarked
package dev.offpeak.shared.failpoints;

import org.jspecify.annotations.NullMarked;
