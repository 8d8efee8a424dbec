# Shared by bin/quorate and bin/quorate-agent: finds Java and builds the class path. Sourced, with $home set to the
# folder of the distribution and $program to the name that messages begin with.

fail() {
    printf '%s: %s\n' "$program" "$1" >&2
    exit 69
}

find_java() {
    if [ -n "${JAVA_HOME:-}" ]; then
        java=$JAVA_HOME/bin/java
        [ -x "$java" ] || fail "JAVA_HOME is $JAVA_HOME, but $java cannot be run"
    else
        java=$(command -v java) ||
            fail 'no java on the PATH; install one: sudo apt-get install -y openjdk-17-jre-headless'
    fi
    java_home=$(readlink -f "$java")
    java_home=${java_home%/bin/java}
    if [ -r "$java_home/release" ]; then
        # 1.8.0 counts as 1, 17.0.15 as 17
        version=$(sed -n 's/^JAVA_VERSION="\([0-9]*\).*/\1/p' "$java_home/release")
        [ "${version:-17}" -ge 17 ] ||
            fail "$java is Java $version, at least 17 is needed: sudo apt-get install -y openjdk-17-jre-headless"
    fi
}

# The build wrote the list, in the order that Maven resolved; never lib/*, which would defeat class-data sharing.
find_class_path() {
    [ -r "$home/lib/classpath" ] || fail "$home/lib/classpath is missing: the distribution is not whole"
    class_path=
    old_ifs=$IFS
    IFS=:
    for jar in $(cat "$home/lib/classpath"); do
        class_path=$class_path${class_path:+:}$home/lib/${jar##*/}
    done
    IFS=$old_ifs
}
