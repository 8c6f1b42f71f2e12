/// The OpenAI-compatible surface under `/openai/v1`. Nothing is built here yet.
@NullMarked
package dev.offpeak.api.openai;

import org.jspecify.annotations.NullMarked;
