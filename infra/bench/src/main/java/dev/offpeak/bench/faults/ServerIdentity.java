package dev.offpeak.bench.faults;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// Who PostgreSQL runs as, which refuses to run as root: root runs it in a user namespace, where the same files look
/// like nobody's, or, where the system forbids that, as the user `nobody`, who then owns the database's files.
///
/// @param prefix what to put before a command; it replaces itself with the command, so their process is one
/// @param uid who owns the database's files
record ServerIdentity(List<String> prefix, int uid) {

    private static final int NOBODY = 65_534;

    static ServerIdentity ofThisMachine() throws IOException {
        if (!"root".equals(System.getProperty("user.name"))) {
            return new ServerIdentity(List.of(), -1);
        }
        var namespace = new ServerIdentity(List.of("unshare", "--user"), 0);
        if (Program.works(namespace.command("id", "-un"))) {
            return namespace;
        }
        var nobody = new ServerIdentity(
                List.of("setpriv", "--reuid=" + NOBODY, "--regid=" + NOBODY, "--clear-groups"), NOBODY);
        if (Program.works(nobody.command("id", "-un"))) {
            return nobody;
        }
        throw new IOException("PostgreSQL refuses to run as root and neither unshare nor setpriv works here");
    }

    List<String> command(String... command) {
        var whole = new ArrayList<>(prefix);
        whole.addAll(List.of(command));
        return whole;
    }

    /// Gives a file or folder to this identity, where it is another one than ours.
    void own(Path path) throws IOException {
        if (uid > 0) {
            Files.setAttribute(path, "unix:uid", uid, LinkOption.NOFOLLOW_LINKS);
        }
    }
}
