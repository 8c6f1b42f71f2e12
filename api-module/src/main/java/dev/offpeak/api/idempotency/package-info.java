/// `Idempotency-Key`: a POST sent twice does its work once and gets the same answer twice. The answer commits together
/// with the work.
@NullMarked
package dev.offpeak.api.idempotency;

import org.jspecify.annotations.NullMarked;
