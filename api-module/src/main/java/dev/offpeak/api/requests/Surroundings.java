package dev.offpeak.api.requests;

import dev.offpeak.shared.core.TenantId;
import dev.offpeak.shared.prompts.Template;
import dev.offpeak.shared.prompts.TemplateStore;
import dev.offpeak.shared.schemas.AnswerSchema;
import dev.offpeak.shared.schemas.InvalidAnswerSchema;
import dev.offpeak.shared.webhooks.TargetGuard;
import dev.offpeak.shared.workflows.Workflow;
import dev.offpeak.shared.workflows.WorkflowStore;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;

/// What a request of a tenant is held against.
interface Surroundings {

    Optional<Workflow> workflow(String name);

    Optional<Template> template(String name);

    TargetGuard.Verdict webhook(String url);

    /// What is wrong with a schema for answers; empty where nothing is.
    Optional<String> faultOfSchema(String schema);

    /// As they are now.
    record Fresh(TenantId tenant, WorkflowStore workflows, TemplateStore templates, TargetGuard guard)
            implements Surroundings {

        @Override
        public Optional<Workflow> workflow(String name) {
            return workflows.current(tenant, name);
        }

        @Override
        public Optional<Template> template(String name) {
            return templates.current(tenant, name);
        }

        @Override
        public TargetGuard.Verdict webhook(String url) {
            return guard.check(url);
        }

        @Override
        public Optional<String> faultOfSchema(String schema) {
            try {
                AnswerSchema.compile(schema);
                return Optional.empty();
            } catch (InvalidAnswerSchema invalid) {
                return Optional.of(Objects.requireNonNull(invalid.getMessage()));
            }
        }
    }

    /// As they were when they were first asked for: the lines of one upload are all held against the same, and ask the
    /// database once. For one thread.
    final class Remembered implements Surroundings {

        private final Surroundings fresh;
        private final Map<String, Optional<Workflow>> workflows = bounded(1_000);
        private final Map<String, Optional<Template>> templates = bounded(1_000);
        private final Map<String, TargetGuard.Verdict> webhooks = bounded(1_000);
        private final Map<String, Optional<String>> schemas = bounded(50); // up to a megabyte each

        Remembered(Surroundings fresh) {
            this.fresh = fresh;
        }

        @Override
        public Optional<Workflow> workflow(String name) {
            return remember(workflows, name, fresh::workflow);
        }

        @Override
        public Optional<Template> template(String name) {
            return remember(templates, name, fresh::template);
        }

        @Override
        public TargetGuard.Verdict webhook(String url) {
            return remember(webhooks, url, fresh::webhook);
        }

        @Override
        public Optional<String> faultOfSchema(String schema) {
            return remember(schemas, schema, fresh::faultOfSchema);
        }

        private static <V> V remember(Map<String, V> known, String key, Function<String, V> ask) {
            V value = known.get(key);
            if (value == null) {
                value = ask.apply(key);
                known.put(key, value);
            }
            return value;
        }

        private static <V> Map<String, V> bounded(int most) {
            return new LinkedHashMap<>(16, 0.75f, true) {
                private static final long serialVersionUID = 1L;

                @Override
                protected boolean removeEldestEntry(Map.Entry<String, V> eldest) {
                    return size() > most;
                }
            };
        }
    }
}
