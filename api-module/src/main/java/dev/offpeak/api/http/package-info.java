/// The forms that all resources share: strict JSON in, pages with opaque cursors out.
@NullMarked
package dev.offpeak.api.http;

import org.jspecify.annotations.NullMarked;
