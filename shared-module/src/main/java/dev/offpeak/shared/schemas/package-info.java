/// What outsiders hand in to check texts with, JSON Schemas and regular expressions: bounded, so that none of them can
/// hold a thread or reach for the network.
@NullMarked
package dev.offpeak.shared.schemas;

import org.jspecify.annotations.NullMarked;
