package dev.offpeak.bench;

/// Minutes of a run, counted from 0.
///
/// @param from the first minute
/// @param to the one after the last
record Window(int from, int to) {

    static Window first(int length) {
        return new Window(0, length);
    }

    static Window last(int length, int minutes) {
        return new Window(minutes - length, minutes);
    }

    boolean contains(int minute) {
        return minute >= from && minute < to;
    }
}
