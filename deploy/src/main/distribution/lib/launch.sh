# Shared by bin/quorate and bin/quorate-agent: finds Java, the class path and the archive of loaded classes. Sourced,
# with $home set to the folder of the distribution and $program to the name that messages begin with.

fail() {
    printf '%s: %s\n' "$program" "$1" >&2
    exit 69
}

# Java takes the encoding of arguments, file names and environment from the locale, and without one (cron, containers)
# can represent ASCII only.
use_utf8() {
    case ${LC_ALL:-${LC_CTYPE:-${LANG:-}}} in
        *[Uu][Tt][Ff]-8 | *[Uu][Tt][Ff]8) ;;
        *)
            LC_ALL=C.UTF-8
            export LC_ALL
            ;;
    esac
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

# find_class_path FOLDER...: sets $class_path to the jars of these folders. The build wrote the list of each, in the
# order that Maven resolved; never lib/*, which would defeat class-data sharing.
find_class_path() {
    class_path=
    old_ifs=$IFS
    for folder in "$@"; do
        [ -r "$folder/classpath" ] || fail "$folder/classpath is missing: the distribution is not whole"
        IFS=:
        for jar in $(cat "$folder/classpath"); do
            class_path=$class_path${class_path:+:}$folder/${jar##*/}
        done
        IFS=$old_ifs
    done
}

# An archive of the parsed classes saves a quarter of the start-up time. It fits one Java and one set of jars, so it is
# made here, once, in the background, and kept in the user's cache. Everything works without it too. Sets $shared to
# the option that uses the archive, if there is one.
#
# Each program defines rehearse FOLDER, which loads the classes: it runs "$java" "-XX:ArchiveClassesAtExit=FOLDER/jsa" …
# to its end, and fails if that run did not get far enough.
use_shared_classes() {
    shared=
    [ "${QUORATE_SHARED_CLASSES:-yes}" != no ] || return 0
    cache=${XDG_CACHE_HOME:-${HOME:-/nonexistent}/.cache}/quorate
    archive=$cache/$program-$(printf '%s' "$java_home:$home" | cksum | tr ' ' -).jsa
    # compared by the time of the inode's last change: the jars' own times are those of the release
    if [ -r "$archive" ] &&
        [ -z "$(find "$home/lib" "$java_home/lib/modules" -cnewer "$archive" -print -quit 2>&1)" ]; then
        shared=-XX:SharedArchiveFile=$archive
    elif mkdir -p "$cache" 2>/dev/null; then
        find "$archive.making" -maxdepth 0 -mmin +10 -exec rm -rf {} + 2>/dev/null || :
        if mkdir "$archive.making" 2>/dev/null; then
            make_shared_classes >/dev/null 2>&1 </dev/null &
        fi
    fi
}

# The archive is synced to disk before it gets its name: half an archive, after a loss of power, could break every
# start.
make_shared_classes() {
    trap 'rm -rf "$archive.making"' EXIT
    rehearse "$archive.making"
    sync "$archive.making/jsa"
    mv -f "$archive.making/jsa" "$archive"
}
