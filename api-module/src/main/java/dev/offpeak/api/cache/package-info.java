/// `/v1/cache`, warming and precompute. Nothing is built here yet.
@NullMarked
package dev.offpeak.api.cache;

import org.jspecify.annotations.NullMarked;
