/// `/v1/evaluations`. Nothing is built here yet.
@NullMarked
package dev.offpeak.api.evaluations;

import org.jspecify.annotations.NullMarked;
