/// Facts about the catalogue of metrics, and that page, dashboard and alerts use it and nothing else.
@NullMarked
package dev.offpeak.shared.telemetry;

import org.jspecify.annotations.NullMarked;
