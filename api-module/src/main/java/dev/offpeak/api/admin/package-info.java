/// `/v1/tenants` and `/v1/api-keys`.
@NullMarked
package dev.offpeak.api.admin;

import org.jspecify.annotations.NullMarked;
