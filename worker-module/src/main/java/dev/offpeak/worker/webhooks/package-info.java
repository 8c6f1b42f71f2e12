/// The dispatcher of webhooks: reads delivery rows that others wrote in their own transactions; nobody calls it.
///
/// A try is claimed with a fence on the database's clock, sent, and recorded; a crash between sending and recording
/// sends the same message with the same id again. Ten tries over 75 hours; only a 2xx ends them well. Where a try may
/// go is decided anew each time: the name is asked once, all its addresses are vetted, and the connection is pinned to
/// them. A slow try lets go of its task, and an endpoint that hangs gets few tries at once: the others are put back
/// without counting a try, so that it cannot starve anybody else.
@NullMarked
package dev.offpeak.worker.webhooks;

import org.jspecify.annotations.NullMarked;
