package dev.offpeak.shared.secrets;

import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/// @param secretKey the main key; any text of 24 characters or more
@ConfigurationProperties("offpeak")
record SecretSettings(@DefaultValue("") String secretKey) {

    @Override
    public String toString() {
        return "SecretSettings[…]"; // a record would print the key
    }
}
