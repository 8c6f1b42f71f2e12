/// The catalogue of metrics: every name, unit, tag and meaning stands here once. `docs/metrics.md` is printed from it
/// and the
/// Grafana dashboard may use nothing else; a test holds both to it.
@NullMarked
package dev.offpeak.shared.telemetry;

import org.jspecify.annotations.NullMarked;
