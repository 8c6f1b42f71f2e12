package dev.offpeak.bench;

import tools.jackson.databind.node.ObjectNode;

/// What a command measured.
///
/// @param passed whether everything that must hold did hold; a figure that misses a goal is no failure
public record Findings(boolean passed, ObjectNode figures) {}
