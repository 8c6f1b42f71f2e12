/// Who asks: API keys become a tenant with scopes before any controller runs.
@NullMarked
package dev.offpeak.api.security;

import org.jspecify.annotations.NullMarked;
