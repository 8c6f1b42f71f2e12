/// OpenAI and every server that speaks its protocol, through openai-java. The only importer of that SDK.
@NullMarked
package dev.offpeak.worker.providers.openai;

import org.jspecify.annotations.NullMarked;
