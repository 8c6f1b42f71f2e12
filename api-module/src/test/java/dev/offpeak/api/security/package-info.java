@NullMarked
package dev.offpeak.api.security;

import org.jspecify.annotations.NullMarked;
