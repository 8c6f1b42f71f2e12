/// Secrets at rest: what tenants and providers gave us is stored only sealed under the operator's main key.
@NullMarked
package dev.offpeak.shared.secrets;

import org.jspecify.annotations.NullMarked;
