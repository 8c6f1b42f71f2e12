package dev.offpeak.api.batches;

import dev.offpeak.api.http.StrictJson;
import dev.offpeak.api.idempotency.Idempotency;
import dev.offpeak.api.requests.Deadlines;
import dev.offpeak.api.requests.JobRequestReader;
import dev.offpeak.shared.batches.BatchStore;
import dev.offpeak.shared.core.IdGenerator;
import dev.offpeak.shared.jobs.BulkJobs;
import dev.offpeak.shared.lanes.Capacity;
import dev.offpeak.shared.lanes.LaneTimes;
import dev.offpeak.shared.lanes.Lanes;
import dev.offpeak.shared.ledger.PriceBook;
import dev.offpeak.shared.providers.ProviderSettings;
import dev.offpeak.shared.workflows.ModelChoice;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Duration;
import java.util.Optional;
import java.util.function.BiFunction;
import java.util.function.Function;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import tools.jackson.databind.json.JsonMapper;

@Configuration(proxyBeanMethods = false)
@EnableConfigurationProperties({BatchSettings.class, FeederPlaces.class})
class BatchWebConfiguration {

    @Bean
    BatchOrders batchOrders(Deadlines deadlines, JobRequestReader reader, StrictJson json) {
        return new BatchOrders(deadlines, reader, json);
    }

    @Bean
    BatchIntake batchIntake(
            BatchSettings settings,
            FeederPlaces places,
            BatchStore batches,
            JobRequestReader reader,
            StrictJson json,
            PriceBook prices,
            ProviderSettings providers,
            Lanes lanes,
            LaneTimes times,
            IdGenerator ids,
            Idempotency idempotency,
            MeterRegistry metrics) {
        Function<ModelChoice, Optional<Duration>> neededByLine = model -> providers
                .resolve(model.provider())
                .flatMap(account ->
                        lanes.batches(account).map(can -> times.neededByLine(account, model.model(), can.window())));
        BiFunction<ModelChoice, Duration, Optional<Capacity>> capacity = (model, timeLeft) ->
                providers.resolve(model.provider()).map(account -> times.capacity(account, model.model(), timeLeft));
        return new BatchIntake(
                settings,
                new Uploads(settings),
                new UploadChecks(settings, batches, reader, json, prices, neededByLine, capacity, places.alone(), ids),
                batches,
                idempotency,
                metrics);
    }

    @Bean
    ResultStream resultStream(BulkJobs jobs, JsonMapper json) {
        return new ResultStream(jobs, json);
    }
}
