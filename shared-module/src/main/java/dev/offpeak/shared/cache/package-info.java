/// Answers already paid for. Redis holds entries, PostgreSQL their origin. Nothing is built here yet.
@NullMarked
package dev.offpeak.shared.cache;

import org.jspecify.annotations.NullMarked;
