/// Batches: a tenant's bulk submission, many generation jobs under one id. Nothing is built here yet.
@NullMarked
package dev.offpeak.shared.batches;

import org.jspecify.annotations.NullMarked;
