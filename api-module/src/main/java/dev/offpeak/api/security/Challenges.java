package dev.offpeak.api.security;

/// What `WWW-Authenticate` says (RFC 6750).
final class Challenges {

    static final String MISSING = "Bearer realm=\"offpeak\"";
    static final String INVALID = MISSING + ", error=\"invalid_token\"";
    static final String SCOPE = MISSING + ", error=\"insufficient_scope\"";

    private Challenges() {}
}
