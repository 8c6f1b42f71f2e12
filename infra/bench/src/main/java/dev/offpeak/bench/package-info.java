/// Measurements from outside: speaks HTTP only and prints JSON.
@NullMarked
package dev.offpeak.bench;

import org.jspecify.annotations.NullMarked;
