@NullMarked
package dev.offpeak.shared.jobs;

import org.jspecify.annotations.NullMarked;
