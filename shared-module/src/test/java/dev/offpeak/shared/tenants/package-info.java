@NullMarked
package dev.offpeak.shared.tenants;

import org.jspecify.annotations.NullMarked;
