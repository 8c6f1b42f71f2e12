/// `/v1/ledger`, `/v1/estimates` and, later, costs, budgets and prices.
@NullMarked
package dev.offpeak.api.costs;

import org.jspecify.annotations.NullMarked;
