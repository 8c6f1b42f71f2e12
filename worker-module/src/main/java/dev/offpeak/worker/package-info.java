/// The worker: runs jobs that the API accepted, delivers their webhooks, keeps the tables in order.
@NullMarked
package dev.offpeak.worker;

import org.jspecify.annotations.NullMarked;
