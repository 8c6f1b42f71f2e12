/// `/v1/batches`. Nothing is built here yet.
@NullMarked
package dev.offpeak.api.batches;

import org.jspecify.annotations.NullMarked;
