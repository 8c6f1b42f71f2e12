/// The adapters to providers, one room each. Nobody imports them; Spring hands them to the lanes as ports.
@NullMarked
package dev.offpeak.worker.providers;

import org.jspecify.annotations.NullMarked;
