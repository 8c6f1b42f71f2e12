/// Tests of what seals secrets.
@NullMarked
package dev.offpeak.shared.secrets;

import org.jspecify.annotations.NullMarked;
