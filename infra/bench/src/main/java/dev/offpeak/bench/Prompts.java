package dev.offpeak.bench;

import java.util.Random;
import tools.jackson.databind.node.ObjectNode;

/// Requests of one run. No two are equal, and none equals one of another run: the simulator counts equal ones.
final class Prompts {

    private static final String[] WORDS = {
        "spring", "jacket", "linen", "blue", "size", "return", "parcel", "delay", "invoice", "colour", "shop", "order"
    };

    private final String run;
    private final long seed;

    /// @param run a name of this run that no other had
    Prompts(String run, long seed) {
        this.run = run;
        this.seed = seed;
    }

    String prompt(int number) {
        var random = new Random(seed + number);
        var text = new StringBuilder("Say what this is about, ")
                .append(run)
                .append(' ')
                .append(number)
                .append(':');
        int words = 8 + random.nextInt(40);
        for (int i = 0; i < words; i++) {
            text.append(' ').append(WORDS[random.nextInt(WORDS.length)]);
        }
        return text.toString();
    }

    ObjectNode job(String workflow, int number) {
        return Json.object().put("workflow", workflow).put("prompt", prompt(number));
    }
}
