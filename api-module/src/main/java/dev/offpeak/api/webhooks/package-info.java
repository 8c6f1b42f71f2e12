/// `/v1/webhook-endpoints` and `/v1/webhook-messages`. Nothing is built here yet.
@NullMarked
package dev.offpeak.api.webhooks;

import org.jspecify.annotations.NullMarked;
