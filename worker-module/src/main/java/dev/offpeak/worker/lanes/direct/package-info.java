/// The direct lane: one provider call now, with permits, a call row before the request, and fallbacks.
@NullMarked
package dev.offpeak.worker.lanes.direct;

import org.jspecify.annotations.NullMarked;
