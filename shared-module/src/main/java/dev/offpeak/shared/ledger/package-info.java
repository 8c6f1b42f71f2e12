/// Money: prices with dates, the ledger of every unit a provider bills, and the receipt of a job. Exact decimals
/// throughout: nothing is rounded before it is shown.
///
/// [dev.offpeak.shared.ledger.PriceBook] finds the price of a model on a day and [dev.offpeak.shared.ledger.Pricing]
/// turns it and what was used into money; [dev.offpeak.shared.ledger.CallStore] writes that down once for each call,
/// and
/// [dev.offpeak.shared.ledger.Receipt] adds it up. What has no price is unpriced, never free.
@NullMarked
package dev.offpeak.shared.ledger;

import org.jspecify.annotations.NullMarked;
