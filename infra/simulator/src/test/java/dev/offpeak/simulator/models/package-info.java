@NullMarked
package dev.offpeak.simulator.models;

import org.jspecify.annotations.NullMarked;
