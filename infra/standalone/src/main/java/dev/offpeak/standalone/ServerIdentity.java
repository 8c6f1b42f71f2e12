package dev.offpeak.standalone;

import com.sun.security.auth.module.UnixSystem;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// Who PostgreSQL runs as. It refuses to run as root, so root runs it as somebody else: in a user namespace without
/// names, where the same files look like nobody's and stay root's outside, or, where the system forbids that
/// (containers often do), as the user `nobody`, who then owns the database's files.
///
/// @param prefix what to put before a command
/// @param uid who owns the database's files
record ServerIdentity(List<String> prefix, long uid) {
    private static final int NOBODY = 65_534;

    static final ServerIdentity IN_A_NAMESPACE = new ServerIdentity(List.of("unshare", "--user"), 0);
    static final ServerIdentity AS_NOBODY =
            new ServerIdentity(List.of("setpriv", "--reuid=" + NOBODY, "--regid=" + NOBODY, "--clear-groups"), NOBODY);

    /// @throws CannotStart when we are root and neither way works
    static ServerIdentity ofThisMachine() {
        var uid = new UnixSystem().getUid();
        if (uid != 0) {
            return new ServerIdentity(List.of(), uid);
        }
        if (IN_A_NAMESPACE.works()) {
            return IN_A_NAMESPACE;
        }
        if (AS_NOBODY.works()) {
            return AS_NOBODY;
        }
        throw new CannotStart("PostgreSQL refuses to run as root and neither unshare nor setpriv works here:"
                + " start Offpeak as another user, or name a PostgreSQL with OFFPEAK_POSTGRES_URL.");
    }

    List<String> command(List<String> command) {
        var whole = new ArrayList<>(prefix);
        whole.addAll(command);
        return whole;
    }

    /// Makes a file or a folder with all that is in it this identity's own, where it is not yet.
    void own(Path path) throws IOException {
        if (new UnixSystem().getUid() != 0 || owns(path)) {
            return;
        }
        try (var files = Files.walk(path)) {
            for (var file : (Iterable<Path>) files::iterator) {
                Files.setAttribute(file, "unix:uid", (int) uid, LinkOption.NOFOLLOW_LINKS);
            }
        }
    }

    private boolean owns(Path path) throws IOException {
        return ((Number) Files.getAttribute(path, "unix:uid")).longValue() == uid;
    }

    // initdb wants its user to have a name, so ask for that.
    private boolean works() {
        return Program.works(command(List.of("id", "-un")).toArray(String[]::new));
    }
}
