package dev.offpeak.shared.telemetry;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.function.Supplier;

/// Every metric of Offpeak. Tags take few values only: never a job, a user or a prompt.
public enum Metric {
    JOBS_SUBMITTED(Kind.COUNTER, "offpeak.jobs.submitted", "jobs", "type", "Jobs accepted with a 202 or 200"),
    JOBS_FINISHED(
            Kind.COUNTER, "offpeak.jobs.finished", "jobs", "status,lane,code", "Jobs that reached a terminal state"),
    BULK_LINES(Kind.COUNTER, "offpeak.bulk.lines", "lines", "outcome", "Lines of uploads: accepted or invalid"),
    BULKS_ENDED(Kind.COUNTER, "offpeak.bulk.ended", "batches", "status", "Tenants' batches that ended"),
    JOBS_BY_STATUS(
            Kind.GAUGE, "offpeak.jobs", "jobs", "status", "Jobs that have not finished, by status; from one worker"),
    JOBS_OLDEST_DUE(
            Kind.GAUGE,
            "offpeak.jobs.oldest.due",
            "seconds",
            "",
            "Age of the oldest job that is due and not running; from one worker"),
    JOB_RETRIES(Kind.COUNTER, "offpeak.jobs.retries", "attempts", "code", "Attempts that ended in a retry"),
    JOB_SNOOZES(Kind.COUNTER, "offpeak.jobs.snoozes", "snoozes", "code", "Jobs put back without counting an attempt"),
    JOB_OUTCOMES_DROPPED(
            Kind.COUNTER,
            "offpeak.jobs.outcomes.dropped",
            "outcomes",
            "",
            "Outcomes of attempts that had lost their job to a newer claim"),
    PICKUP(
            Kind.TIMER,
            "offpeak.jobs.pickup",
            "seconds",
            "",
            "From the moment a job is due to the start of its handler"),
    JOB_DURATION(
            Kind.TIMER, "offpeak.jobs.duration", "seconds", "status,lane", "From submission to the terminal state"),
    LANES_CHOSEN(
            Kind.COUNTER,
            "offpeak.lanes.chosen",
            "jobs",
            "way,reason",
            "Lanes that jobs were sent on, with the weightiest reason; one that goes again counts again"),
    PROVIDER_LATENCY(
            Kind.TIMER,
            "offpeak.provider.latency",
            "seconds",
            "provider,model,outcome",
            "One exchange with a provider"),
    PROVIDER_TOKENS(
            Kind.COUNTER, "offpeak.provider.tokens", "tokens", "provider,model,kind", "Tokens that providers billed"),
    PROVIDER_PAUSED(
            Kind.GAUGE,
            "offpeak.provider.paused",
            "seconds",
            "provider",
            "How long a provider's calls are still held back after a 429 or 529"),
    PROVIDER_PERMITS(
            Kind.GAUGE,
            "offpeak.provider.permits",
            "calls",
            "provider",
            "Calls that all workers together may have in flight"),
    COST_BILLED(Kind.COUNTER, "offpeak.cost.billed", "usd", "provider,model", "What providers bill, confirmed calls"),
    COST_UNCONFIRMED(
            Kind.COUNTER,
            "offpeak.cost.unconfirmed",
            "usd",
            "provider,model",
            "Estimates of calls whose answer was not seen whole"),
    COST_OPEN(
            Kind.GAUGE,
            "offpeak.cost.open",
            "usd",
            "",
            "Estimates in the ledger that are neither confirmed nor settled; from one worker"),
    COST_OPEN_CALLS(
            Kind.GAUGE,
            "offpeak.cost.open.calls",
            "calls",
            "",
            "Calls whose estimate is neither confirmed nor settled; from one worker"),
    UNPRICED_CALLS(
            Kind.COUNTER,
            "offpeak.cost.unpriced",
            "calls",
            "provider,model",
            "Calls to a model without a price: the bill is incomplete"),
    BATCH_LINES(
            Kind.COUNTER,
            "offpeak.batch.settled.lines",
            "lines",
            "provider,model,outcome",
            "Lines of provider batches, by how they ended"),
    BATCH_SAVED(
            Kind.COUNTER,
            "offpeak.batch.saved",
            "usd",
            "provider,model",
            "What lines of provider batches cost less than the list price: the realised discount"),
    BATCH_REFUSED(
            Kind.COUNTER,
            "offpeak.batch.refused",
            "batches",
            "provider,remedy",
            "Provider batches that were refused as a whole, by what was done about it"),
    BATCH_RESIDUE(
            Kind.COUNTER,
            "offpeak.batch.residue",
            "tokens",
            "provider,model",
            "Tokens by which the provider's count of a batch and our ledger differ"),
    BATCH_STRAYS(
            Kind.COUNTER,
            "offpeak.batch.strays",
            "results",
            "provider,kind",
            "Results of provider batches that came twice, were never asked for, or could not be read"),
    RESCUES(
            Kind.COUNTER,
            "offpeak.rescue.jobs",
            "jobs",
            "provider",
            "Jobs called directly because their line would have come too late"),
    RESCUE_COST(
            Kind.COUNTER,
            "offpeak.rescue.cost",
            "usd",
            "provider,model",
            "What providers bill for rescues, confirmed calls"),
    OVERLAPS(
            Kind.COUNTER,
            "offpeak.cost.overlaps",
            "bills",
            "provider,model",
            "Lines billed though a direct call had answered their job, and lines of twins"),
    WEBHOOK_TRIES(Kind.COUNTER, "offpeak.webhooks.tries", "tries", "outcome", "Tries to deliver a webhook"),
    WEBHOOK_FIRST_TRY(
            Kind.TIMER,
            "offpeak.webhooks.first.try",
            "seconds",
            "",
            "From the outcome to the first try of its webhook"),
    WEBHOOKS_PENDING(
            Kind.GAUGE,
            "offpeak.webhooks.pending",
            "deliveries",
            "",
            "Deliveries that have not ended; from one worker"),
    QUEUE_DEPTH(
            Kind.GAUGE,
            "offpeak.queue.depth",
            "tasks",
            "pool,state",
            "Tasks in JobRunr's table; those that only a newer worker knows have the pool `unknown`; from one worker"),
    QUEUE_OLDEST_DUE(
            Kind.GAUGE,
            "offpeak.queue.oldest.due",
            "seconds",
            "pool",
            "Age of the oldest task that waits for a place; from one worker"),
    TASKS_UNREADABLE(
            Kind.GAUGE,
            "offpeak.queue.unreadable",
            "tasks",
            "",
            "Rows set aside in unreadable_task because nobody could read them; from one worker"),
    PLACES(Kind.GAUGE, "offpeak.engine.places", "tasks", "pool", "Tasks of a pool that a worker runs at once, at most"),
    PLACES_BUSY(Kind.GAUGE, "offpeak.engine.places.busy", "tasks", "pool", "Tasks of a pool that a worker runs"),
    WORKERS_ALIVE(
            Kind.GAUGE, "offpeak.workers.alive", "workers", "", "Workers that beat within the last eight seconds"),
    JOBS_TAKEN_BACK(
            Kind.COUNTER, "offpeak.jobs.taken.back", "jobs", "", "Running jobs taken back from workers that died"),
    REWAKES(
            Kind.COUNTER,
            "offpeak.queue.rewakes",
            "wakes",
            "kind",
            "Due work found without a live task and woken again"),
    BATCH_LINES_OPEN(
            Kind.GAUGE,
            "offpeak.batch.lines",
            "lines",
            "provider,state",
            "Lines of provider batches that are not finished; from one worker"),
    BATCHES_OPEN(
            Kind.GAUGE,
            "offpeak.batch.open",
            "batches",
            "provider,state",
            "Provider batches that are not finished; from one worker"),
    BATCHES_OLDEST(
            Kind.GAUGE,
            "offpeak.batch.oldest",
            "seconds",
            "provider,state",
            "Age of the oldest provider batch in a state, from when it closed; from one worker"),
    BATCH_ENQUEUED_TOKENS(
            Kind.GAUGE,
            "offpeak.batch.enqueued.tokens",
            "tokens",
            "provider,model",
            "Prompt tokens that providers have enqueued in batches; from one worker"),
    BATCH_ENQUEUED_LINES(
            Kind.GAUGE,
            "offpeak.batch.enqueued.lines",
            "lines",
            "provider,model",
            "Lines that providers have enqueued in batches; from one worker"),
    BATCH_ENQUEUED_LIMIT(
            Kind.GAUGE,
            "offpeak.batch.enqueued.limit",
            "units",
            "provider,model",
            "What may be enqueued of a model in batches, in tokens or lines as its provider counts; from one worker"),
    BATCH_CACHED_SHARE(
            Kind.GAUGE,
            "offpeak.batch.cached.share",
            "ratio",
            "provider,workflow",
            "Of the prompt tokens of a workflow's provider batches in the last day, what came from the provider's prompt"
                    + " cache: batches whose lines share a long prefix, the 20 largest workflows; from one worker"),
    BATCHES_SUBMITTED(
            Kind.COUNTER, "offpeak.batch.submitted", "batches", "provider,model", "Provider batches that were created"),
    BATCHES_ENDED(
            Kind.COUNTER,
            "offpeak.batch.ended",
            "batches",
            "provider,model,as",
            "Provider batches that ended at their providers"),
    BATCH_STEP_FAILURES(
            Kind.COUNTER,
            "offpeak.batch.step.failures",
            "steps",
            "provider,code",
            "Steps of provider batches that a provider did not take"),
    BATCH_TWINS(
            Kind.COUNTER,
            "offpeak.batch.twins",
            "batches",
            "provider",
            "Batches that a provider made twice of one intent; each is cancelled"),
    HTTP_PROBLEMS(Kind.COUNTER, "offpeak.api.problems", "answers", "code", "Requests that the API refused");

    /// What sort of meter it is.
    public enum Kind {
        COUNTER,
        GAUGE,
        TIMER
    }

    private final Kind kind;
    private final String id;
    private final String unit;
    private final String tags;
    private final String meaning;

    Metric(Kind kind, String id, String unit, String tags, String meaning) {
        this.kind = kind;
        this.id = id;
        this.unit = unit;
        this.tags = tags;
        this.meaning = meaning;
    }

    public Kind kind() {
        return kind;
    }

    public String id() {
        return id;
    }

    public String unit() {
        return unit;
    }

    public List<String> tags() {
        return tags.isEmpty() ? List.of() : Arrays.asList(tags.split(",", -1));
    }

    public String meaning() {
        return meaning;
    }

    /// @param tagValues one for each of [#tags()], in that order
    public Counter counter(MeterRegistry registry, String... tagValues) {
        return Counter.builder(id)
                .description(meaning)
                .baseUnit(unit)
                .tags(pairs(tagValues))
                .register(registry);
    }

    public void record(MeterRegistry registry, Duration duration, String... tagValues) {
        Timer.builder(id)
                .description(meaning)
                .tags(pairs(tagValues))
                .publishPercentileHistogram()
                .minimumExpectedValue(Duration.ofMillis(1))
                .maximumExpectedValue(Duration.ofMinutes(10))
                .register(registry)
                .record(duration);
    }

    public void gauge(MeterRegistry registry, Supplier<Number> value, String... tagValues) {
        Gauge.builder(id, value)
                .description(meaning)
                .baseUnit(unit)
                .tags(pairs(tagValues))
                .strongReference(true)
                .register(registry);
    }

    private String[] pairs(String... values) {
        List<String> names = tags();
        if (names.size() != values.length) {
            throw new IllegalArgumentException(id + " has the tags " + names);
        }
        var pairs = new String[values.length * 2];
        for (int i = 0; i < values.length; i++) {
            pairs[2 * i] = names.get(i);
            pairs[2 * i + 1] = values[i];
        }
        return pairs;
    }
}
