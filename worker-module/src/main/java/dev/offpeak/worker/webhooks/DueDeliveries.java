package dev.offpeak.worker.webhooks;

import dev.offpeak.shared.queue.TaskKind;
import dev.offpeak.worker.maintenance.DueWork;

/// Deliveries whose next try is due, or whose task or worker is gone.
class DueDeliveries implements DueWork {

    private final JdbcDeliveries deliveries;

    DueDeliveries(JdbcDeliveries deliveries) {
        this.deliveries = deliveries;
    }

    @Override
    public String name() {
        return TaskKind.DELIVERY.wire();
    }

    @Override
    public int wakeDue(int limit) {
        return deliveries.wakeDue(limit);
    }

    @Override
    public int wakeForgotten(int limit) {
        return deliveries.wakeForgotten(limit);
    }
}
