/// Every error leaves the API as an RFC 9457 problem with a stable code and, for bad input, the field.
@NullMarked
package dev.offpeak.api.problems;

import org.jspecify.annotations.NullMarked;
