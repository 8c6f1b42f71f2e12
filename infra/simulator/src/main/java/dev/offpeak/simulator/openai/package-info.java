/// OpenAI's dialect under `/v1`: chat completions, responses, embeddings, models, and their errors.
@NullMarked
package dev.offpeak.simulator.openai;

import org.jspecify.annotations.NullMarked;
