/// JobRunr as it comes, with nothing of Offpeak around it: what Offpeak is measured against. It works on the PostgreSQL
/// named on the command line, in a database of its own that goes when the run ends.
@NullMarked
package dev.offpeak.bench.stock;

import org.jspecify.annotations.NullMarked;
