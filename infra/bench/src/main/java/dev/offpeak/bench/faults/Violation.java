package dev.offpeak.bench.faults;

/// Something that must never be, and is.
///
/// @param word Jepsen's
/// @param rule the sentence that it breaks
/// @param subject the row or message
record Violation(Word word, String rule, String subject) {

    /// In what way it is wrong.
    enum Word {
        /// Acknowledged or paid for, and not there.
        LOST,
        /// There more often than once.
        DUPLICATED,
        /// There, and nobody asked for it, or other than what was asked for or said.
        UNEXPECTED
    }
}
