/// What tests of every module stand on: a PostgreSQL and a Redis, wherever they come from.
///
/// [dev.offpeak.shared.testing.TestServers] is the one place that decides: the servers named in
/// `OFFPEAK_TEST_POSTGRES_URL` and `OFFPEAK_TEST_REDIS_URL`, else containers where a Docker engine answers, else
/// embedded ones. Each starts once per JVM, when first asked for. No test reads any other variable.
@NullMarked
package dev.offpeak.shared.testing;

import org.jspecify.annotations.NullMarked;
