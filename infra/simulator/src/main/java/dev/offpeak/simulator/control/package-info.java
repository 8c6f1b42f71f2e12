/// The simulator's own interface under `/_sim`: behaviour, answers, stats, executions, reset.
///
/// `PUT /_sim/behaviour` merges any subset of the behaviour and answers all of it, as `GET` does; an unknown
/// field, a wrong type or range is a 400 that names the field.
///
/// The fields of `batch` are described in [dev.offpeak.simulator.batches].
///
/// `GET /_sim/batches` is NDJSON, oldest first: each batch there ever was, also one that vanished, that its client
/// deleted, or whose creation was answered with an error, with its status, what ran of it, what that cost, how
/// its lines fared and what the client said of it (`input_file_id`, `metadata`; `first_custom_id` for
/// Anthropic), so that twins show.
///
/// `PUT /_sim/answers` takes NDJSON rows `{prompt, answer, finish}`; a row replaces the one of its prompt.
/// `finish` may be left out or say `stop`, `length`, `refusal`, `empty` or `tool` (the answer is then the
/// call's arguments). One bad line and none is taken. `DELETE /_sim/answers` forgets them all.
///
/// `GET /_sim/stats` counts since the last reset; `?by_prompt=false` leaves the map out. `unpriced` counts
/// executions without a known price, which `billed_usd` cannot contain.
/// `batch_…` tokens are those of lines of batches.
///
/// `GET /_sim/executions?after=&limit=` is NDJSON, oldest first, one execution a line; `after` is the `seq` of
/// the last one seen. Embedding calls are billed but generate nothing: they are no executions, and are listed
/// with `?kind=embedding` or `?kind=all`.
///
/// `POST /_sim/reset` goes back to the defaults; counts, answers, files, batches, prompt caches and rate windows
/// are gone, and calls that hang are let go. `?keep=behaviour,answers` keeps what it names.
@NullMarked
package dev.offpeak.simulator.control;

import org.jspecify.annotations.NullMarked;
