/// What the model says: supplied answers first, else a pure function of model, prompt and seed. No weights are
/// involved: the text is plausible English, the JSON is valid for the schema that was asked for.
@NullMarked
package dev.offpeak.simulator.answers;

import org.jspecify.annotations.NullMarked;
