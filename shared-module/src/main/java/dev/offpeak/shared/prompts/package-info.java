/// Prompts: templates with typed parameters, kept as versioned rows of a tenant, and how they become messages.
@NullMarked
package dev.offpeak.shared.prompts;

import org.jspecify.annotations.NullMarked;
