/// The ways to answer a job; the port stands here, its adapters in the rooms below.
@NullMarked
package dev.offpeak.worker.lanes;

import org.jspecify.annotations.NullMarked;
