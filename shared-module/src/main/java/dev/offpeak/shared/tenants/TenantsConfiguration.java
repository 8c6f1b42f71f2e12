package dev.offpeak.shared.tenants;

import dev.offpeak.shared.core.IdGenerator;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.jdbc.core.simple.JdbcClient;

@AutoConfiguration
class TenantsConfiguration {

    @Bean
    TenantStore tenantStore(JdbcClient jdbc) {
        return new JdbcTenantStore(jdbc);
    }

    @Bean
    Tenants tenants(TenantStore store, IdGenerator ids, ObjectProvider<TenantCreated> setups) {
        return new Tenants(store, ids, setups.orderedStream().toList());
    }
}
