/// `/v1/jobs`: submit, read, list, cancel.
@NullMarked
package dev.offpeak.api.jobs;

import org.jspecify.annotations.NullMarked;
