/// The provider simulator: OpenAI's wire format under `/v1`, Anthropic's under `/anthropic/v1`, control under
/// `/_sim`. It shares no code with Offpeak: a misunderstanding on both sides would cancel out.
///
/// It is a process of its own, [dev.offpeak.simulator.SimulatorApplication], or lives inside another one,
/// [dev.offpeak.simulator.Simulator#start]. Files and batches are described in
/// [dev.offpeak.simulator.batches]; background responses are not there yet.
///
/// Where a provider documents nothing, these are choices of ours. The answer depends on the last user message,
/// not on what was said before. `model` comes back as it was asked for. Reasoning models think 64, 128 or 256
/// tokens for an effort of low, medium or high, and none without one. Claude's tokens are those of o200k.
/// OpenAI's prompt cache keeps an idle prefix for ten minutes. The rate limits hold for each model, and headers
/// show 10,000 requests where there is none. A key that begins with `sk-invalid` is refused. A call that hangs
/// is let go with a 504 after ten minutes. An execution is written down before its latency passes: a client
/// that gives up meanwhile has still been billed. Embedding calls are billed, and are no executions.
@NullMarked
package dev.offpeak.simulator;

import org.jspecify.annotations.NullMarked;
