/// What the API and the workers both know: the domain, its ports and its SQL. No web, no vendor SDK, no JobRunr server.
/// PostgreSQL is the system of record; Redis only makes things fast.
@NullMarked
package dev.offpeak.shared;

import org.jspecify.annotations.NullMarked;
