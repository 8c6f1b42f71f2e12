/// The thin submission API: checks who asks and what, writes one transaction, answers.
@NullMarked
package dev.offpeak.api;

import org.jspecify.annotations.NullMarked;
