/// Several small requests in one call. Nothing is built here yet.
@NullMarked
package dev.offpeak.worker.lanes.packing;

import org.jspecify.annotations.NullMarked;
