/// Measurements and checks from outside: speaks HTTP to loopback addresses only, knows no class of Offpeak and prints
/// one JSON object. Every run is bounded in count and time, and says the conditions under which it was made. Arrivals
/// at a rate are an open loop: a slow answer delays no later question and its wait is counted from the moment it was
/// due.
@NullMarked
package dev.offpeak.bench;

import org.jspecify.annotations.NullMarked;
