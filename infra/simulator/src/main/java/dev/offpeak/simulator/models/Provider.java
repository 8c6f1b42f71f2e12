package dev.offpeak.simulator.models;

/// Whose dialect a model is spoken to in.
public enum Provider {
    OPENAI("openai"),
    ANTHROPIC("anthropic");

    private final String wire;

    Provider(String wire) {
        this.wire = wire;
    }

    public String wire() {
        return wire;
    }

    public static Provider of(String wire) {
        return switch (wire) {
            case "openai" -> OPENAI;
            case "anthropic" -> ANTHROPIC;
            default -> throw new IllegalArgumentException("no such provider: " + wire);
        };
    }
}
