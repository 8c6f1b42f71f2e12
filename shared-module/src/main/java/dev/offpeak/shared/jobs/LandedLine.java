package dev.offpeak.shared.jobs;

import dev.offpeak.shared.core.JobId;
import java.math.BigInteger;
import java.util.Optional;

/// A line of a bulk that has ended.
public record LandedLine(String customId, Place place, JobView job) {

    /// Where it stands among the ended lines of its bulk: nothing that appears later stands before it.
    ///
    /// @param landed the transaction that ended it
    public record Place(BigInteger landed, JobId job) {

        /// @return empty where the text is no place
        public static Optional<Place> parse(String text) {
            int dot = text.indexOf('.');
            if (dot < 1 || dot > 20 || !text.substring(0, dot).chars().allMatch(c -> c >= '0' && c <= '9')) {
                return Optional.empty();
            }
            var landed = new BigInteger(text.substring(0, dot));
            return landed.bitLength() > 64
                    ? Optional.empty()
                    : JobId.parse(text.substring(dot + 1)).map(job -> new Place(landed, job));
        }

        @Override
        public String toString() {
            return landed + "." + job;
        }
    }
}
