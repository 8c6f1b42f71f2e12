/// Anthropic, through anthropic-java. The only importer of that SDK.
@NullMarked
package dev.offpeak.worker.providers.anthropic;

import org.jspecify.annotations.NullMarked;
