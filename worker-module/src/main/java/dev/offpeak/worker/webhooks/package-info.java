/// The dispatcher of webhooks: reads delivery rows that others wrote in their own transactions; nobody calls it.
@NullMarked
package dev.offpeak.worker.webhooks;

import org.jspecify.annotations.NullMarked;
