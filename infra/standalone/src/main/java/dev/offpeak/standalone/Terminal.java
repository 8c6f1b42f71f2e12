package dev.offpeak.standalone;

import java.io.PrintStream;

/// The person who typed the command. The one place of Offpeak that prints: everything else logs.
///
/// @param out where answers go
/// @param err where refusals go
record Terminal(PrintStream out, PrintStream err) {
    static Terminal ofThisProcess() {
        return new Terminal(System.out, System.err);
    }

    void say(String text) {
        out.println(text);
        out.flush();
    }

    void refuse(String sentence) {
        err.println("offpeak: " + sentence);
        err.flush();
    }
}
