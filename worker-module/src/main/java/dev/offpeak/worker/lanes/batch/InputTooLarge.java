package dev.offpeak.worker.lanes.batch;

import java.io.IOException;

/// An input has outgrown what its provider takes.
final class InputTooLarge extends IOException {

    private static final long serialVersionUID = 1L;

    InputTooLarge(long most) {
        super("more than " + most + " bytes");
    }
}
