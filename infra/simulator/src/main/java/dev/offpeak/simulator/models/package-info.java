/// What the simulator knows of models: which exist, their limits, their prices. Its own copy of the facts, in
/// `simulator-prices.json`: amounts are strings in USD for one million tokens, a row with confidence `unknown`
/// or `conflicting` is no price, `null` is never zero.
@NullMarked
package dev.offpeak.simulator.models;

import org.jspecify.annotations.NullMarked;
