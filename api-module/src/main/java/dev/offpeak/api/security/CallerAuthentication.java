package dev.offpeak.api.security;

import org.springframework.security.authentication.AbstractAuthenticationToken;
import org.springframework.security.core.authority.SimpleGrantedAuthority;

/// An [ApiCaller] as Spring Security carries it.
final class CallerAuthentication extends AbstractAuthenticationToken {

    private final transient ApiCaller caller;

    CallerAuthentication(ApiCaller caller) {
        super(caller.scopes().stream()
                .map(scope -> new SimpleGrantedAuthority(scope.wire()))
                .toList());
        this.caller = caller;
        setAuthenticated(true);
    }

    @Override
    public Object getCredentials() {
        return "hidden";
    }

    @Override
    public ApiCaller getPrincipal() {
        return caller;
    }

    @Override
    public String getName() {
        return caller.key().toString();
    }
}
