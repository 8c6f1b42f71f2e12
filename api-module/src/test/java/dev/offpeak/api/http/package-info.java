@NullMarked
package dev.offpeak.api.http;

import org.jspecify.annotations.NullMarked;
