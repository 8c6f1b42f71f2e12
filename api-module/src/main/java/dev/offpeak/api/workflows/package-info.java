/// `/v1/workflows` and `/v1/templates`.
@NullMarked
package dev.offpeak.api.workflows;

import org.jspecify.annotations.NullMarked;
