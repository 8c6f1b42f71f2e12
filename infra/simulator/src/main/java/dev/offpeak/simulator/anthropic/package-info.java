/// Anthropic's dialect under `/anthropic/v1`: messages, token counts, models, and their errors, in API versions
/// `2023-06-01` and `2026-10-21`.
@NullMarked
package dev.offpeak.simulator.anthropic;

import org.jspecify.annotations.NullMarked;
