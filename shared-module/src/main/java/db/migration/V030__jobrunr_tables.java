package db.migration;

import dev.offpeak.shared.queue.JobRunrSchema;
import org.flywaydb.core.api.migration.BaseJavaMigration;
import org.flywaydb.core.api.migration.Context;

/// Makes JobRunr's tables while Flyway's lock is held: two processes that start at once would otherwise race.
public class V030__jobrunr_tables extends BaseJavaMigration {

    @Override
    public void migrate(Context context) throws Exception {
        JobRunrSchema.create(context.getConfiguration().getDataSource());
    }

    /// JobRunr commits on connections of its own; a repeated run finds what is there.
    @Override
    public boolean canExecuteInTransaction() {
        return false;
    }
}
