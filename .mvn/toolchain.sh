# Sourced by run, test and .ci/run: finds a JDK 25 and a Maven.
# shellcheck shell=bash

# Prints the home of a JDK 25, or fails.
find_jdk() {
    local home
    for home in "${JAVA_HOME:-}" "$(home_of_java_on_path)" \
        /usr/lib/jvm/* /opt/* /opt/*/* /Library/Java/JavaVirtualMachines/*/Contents/Home \
        "$HOME"/.sdkman/candidates/java/* "$HOME"/.jdks/*; do
        if [[ -x $home/bin/javac ]] && grep -q '^JAVA_VERSION="25[".]' "$home/release" 2>/dev/null; then
            printf '%s\n' "$home"
            return
        fi
    done
    return 1
}

home_of_java_on_path() {
    local java
    if java=$(command -v java); then
        dirname "$(dirname "$(readlink -f "$java")")"
    fi
}

# Sets JAVA_HOME to a JDK 25, or ends the script with one sentence.
require_jdk() {
    if ! JAVA_HOME=$(find_jdk); then
        echo "offpeak: no JDK 25 was found: install one, for example Eclipse Temurin 25 from https://adoptium.net, or point JAVA_HOME at it." >&2
        exit 1
    fi
    export JAVA_HOME
}

# Runs the Maven that this repository names; where it cannot be fetched, an installed one from 3.8 on.
maven() {
    # Maven's own libraries are older than this JDK's warnings.
    local -x MAVEN_OPTS="--enable-native-access=ALL-UNNAMED --sun-misc-unsafe-memory-access=allow ${MAVEN_OPTS:-}"
    if with_unzip ./mvnw --version >/dev/null 2>&1; then
        ./mvnw "$@"
    elif mvn --version 2>/dev/null | grep -Eq '^(.\[1m)?Apache Maven (3\.([89]|[1-9][0-9])\.|4\.)'; then
        mvn "$@"
    else
        echo "offpeak: Maven could not be fetched from repo.maven.apache.org and none is installed: check the network, or install Maven 3.9." >&2
        return 1
    fi
}

# The wrapper unpacks with unzip; a machine with a JDK alone has none, but it has jar.
with_unzip() {
    if command -v unzip >/dev/null; then
        "$@"
        return
    fi
    local shim status=0
    shim=$(mktemp -d)
    # shellcheck disable=SC2016 # the variables are the shim's own; its arguments are: -q archive -d folder
    printf '%s\n' '#!/bin/sh' 'cd "$4" && "$JAVA_HOME/bin/jar" xf "$2" && chmod +x ./*/bin/mvn' >"$shim/unzip"
    chmod +x "$shim/unzip"
    PATH="$shim:$PATH" "$@" || status=$?
    rm -rf "$shim"
    return "$status"
}
