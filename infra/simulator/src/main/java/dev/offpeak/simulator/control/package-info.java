/// The simulator's own interface under `/_sim`: behaviour, answers, stats, executions, reset.
///
/// | call | does |
/// |---|---|
/// | `PUT /_sim/behaviour` | merges any subset of the behaviour; an unknown field, type or range is a 400 that names it
/// |
/// | `GET /_sim/behaviour` | the behaviour in force |
/// | `PUT /_sim/answers` | NDJSON rows `{prompt, answer, finish?}`; a row replaces the one of its prompt. `finish` is
/// one of `stop`, `length`, `refusal`, `empty`, `tool`. One bad line and none is taken |
/// | `DELETE /_sim/answers` | forgets all supplied answers |
/// | `GET /_sim/stats` | counts since the last reset; `?by_prompt=false` leaves the map out. `unpriced` counts
/// executions without a known price, which `billed_usd` cannot contain |
/// | `GET /_sim/executions?after=&limit=` | NDJSON, oldest first, one execution a line; `after` is the `seq` of the
/// last one seen. Embedding calls are billed but generate nothing: they are no executions, and listed with
/// `?kind=embedding` or `?kind=all` |
/// | `POST /_sim/reset` | back to the defaults, counts and answers gone; `?keep=behaviour,answers` keeps what it names
/// |
@NullMarked
package dev.offpeak.simulator.control;

import org.jspecify.annotations.NullMarked;
