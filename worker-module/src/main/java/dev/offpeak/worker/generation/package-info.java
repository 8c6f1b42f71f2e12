/// The way of one generation job, as a table of contents.
/// It decides nothing about ownership: `engine` holds the attempt, PostgreSQL holds the truth.
@NullMarked
package dev.offpeak.worker.generation;

import org.jspecify.annotations.NullMarked;
