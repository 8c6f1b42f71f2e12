/// Money: prices with dates, the ledger of every unit a provider bills, and the receipt of a job. Exact decimals
/// throughout.
@NullMarked
package dev.offpeak.shared.ledger;

import org.jspecify.annotations.NullMarked;
