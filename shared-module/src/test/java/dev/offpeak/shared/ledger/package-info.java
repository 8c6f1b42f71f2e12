@NullMarked
package dev.offpeak.shared.ledger;

import org.jspecify.annotations.NullMarked;
