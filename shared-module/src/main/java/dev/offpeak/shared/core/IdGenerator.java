package dev.offpeak.shared.core;

import java.util.UUID;

/// Makes new ids. Handed in wherever ids are made, so that a test can know them.
@FunctionalInterface
public interface IdGenerator {

    /// @return a UUID of version 7 (RFC 9562): sortable by its millisecond, 74 bits of it random
    UUID next();
}
