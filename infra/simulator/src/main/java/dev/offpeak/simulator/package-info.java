/// The provider simulator: OpenAI's wire format under `/v1`, Anthropic's under `/anthropic/v1`, control under
/// `/_sim`. It shares no code with Offpeak: a misunderstanding on both sides would cancel out.
@NullMarked
package dev.offpeak.simulator;

import org.jspecify.annotations.NullMarked;
