/// `/v1/ledger` and, later, costs, budgets and prices.
@NullMarked
package dev.offpeak.api.costs;

import org.jspecify.annotations.NullMarked;
