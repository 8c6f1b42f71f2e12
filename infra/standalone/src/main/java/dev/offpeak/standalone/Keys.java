package dev.offpeak.standalone;

/// The secrets of this installation.
///
/// @param apiKey the first tenant's key, with all scopes
/// @param secretKey what encrypts stored webhook secrets and provider keys
record Keys(String apiKey, String secretKey) {
    @Override
    public String toString() {
        return "Keys[…]";
    }
}
