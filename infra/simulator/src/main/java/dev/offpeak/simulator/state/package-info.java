/// What must outlive the process: behaviour, supplied answers, executions, counts, and notes of other features.
///
/// All of it is the fold over one append-only file, `journal.ndjson`, a JSON line for each thing that happened.
/// A line is handed to the operating system before the client hears anything, so killing the process loses
/// nothing; a torn last line is cut off at the next start. Executions are kept in the file only; memory holds
/// counts.
@NullMarked
package dev.offpeak.simulator.state;

import org.jspecify.annotations.NullMarked;
