package dev.offpeak.shared.workflows;

import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.jdbc.core.simple.JdbcClient;

@AutoConfiguration
class WorkflowsConfiguration {

    @Bean
    WorkflowStore workflowStore(JdbcClient jdbc) {
        return new JdbcWorkflowStore(jdbc);
    }

    @Bean
    FirstWorkflows firstWorkflows(WorkflowStore store) {
        return new FirstWorkflows(store);
    }
}
