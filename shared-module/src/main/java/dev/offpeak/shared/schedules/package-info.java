/// Schedules: rows with a cron expression in a zone. Nothing is built here yet.
@NullMarked
package dev.offpeak.shared.schedules;

import org.jspecify.annotations.NullMarked;
