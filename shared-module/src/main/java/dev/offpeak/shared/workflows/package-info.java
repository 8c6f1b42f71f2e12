/// Workflows: a named kind of request with its routing rule, kept as versioned rows of a tenant.
@NullMarked
package dev.offpeak.shared.workflows;

import org.jspecify.annotations.NullMarked;
