/// Bulk work: an upload of many requests becomes one batch. The body goes to a file as it arrives, is then checked line
/// by line into files of rows, and those are taken by the database in one transaction; so neither the client's pace nor
/// the size of the body costs memory or holds a connection.
@NullMarked
package dev.offpeak.api.batches;

import org.jspecify.annotations.NullMarked;
