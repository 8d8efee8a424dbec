# Builds Quorate from its sources if needed and becomes bin/$program. Sourced by deploy/quorate and
# deploy/quorate-agent, from any working directory, by any user who owns the tree.
#
#   QUORATE_MAVEN_OPTS   further arguments for mvn, for instance "-o" or "-s settings.xml"
set -eu

deploy=$(dirname "$(readlink -f "$0")")
root=$(dirname "$deploy")
target=$deploy/target
stamp=$target/built
log=$target/build.log

say() {
    printf '%s: %s\n' "$program" "$1" >&2
}

fail() {
    say "$2"
    exit "$1"
}

distribution() {
    for candidate in "$target"/quorate-[0-9]*/; do
        [ -r "$candidate/lib/classpath" ] && printf '%s' "${candidate%/}" && return
    done
    return 1
}

# Prints the newer of the two files that prove a whole build: our own stamp, and the tar.gz, which mvn package makes
# last but one.
newest_stamp() {
    newest=
    for candidate in "$stamp" "$target"/quorate-*.tar.gz; do
        [ -e "$candidate" ] || continue
        if [ -z "$newest" ] || [ "$candidate" -nt "$newest" ]; then newest=$candidate; fi
    done
    [ -n "$newest" ] && printf '%s' "$newest"
}

is_current() {
    distribution >/dev/null && built=$(newest_stamp) || return 1
    [ -z "$(find "$root/pom.xml" "$root"/*/pom.xml "$root"/*/*/pom.xml "$root"/*/src/main "$root"/*/*/src/main \
        "$deploy/examples" \
        "$deploy"/buildbot-plugin/buildbot_quorate/*.py -newer "$built" -print -quit)" ]
}

require_tools() {
    apt='sudo apt-get install -y openjdk-17-jdk-headless maven'
    [ "$(id -u)" -eq 0 ] && apt=${apt#sudo }
    javac=${JAVA_HOME:+$JAVA_HOME/bin/javac}
    javac=$(command -v "${javac:-javac}") || fail 69 "needs a JDK, 17 or later, to build itself: $apt"
    version=$("$javac" -version 2>&1 | sed -n 's/^javac \([0-9]*\).*/\1/p' | tail -n 1)
    [ "${version:-0}" -ge 17 ] || fail 69 "needs a JDK 17 or later to build itself, $javac is ${version:-unknown}: $apt"
    command -v mvn >/dev/null || fail 69 "needs Maven 3.8.7 or later to build itself: $apt"
    version=$(mvn -v 2>/dev/null | sed -n 's/.*Apache Maven \([0-9.]*\).*/\1/p' | head -n 1)
    printf '3.8.7\n%s\n' "${version:-0}" | sort -V -C ||
        fail 69 "needs Maven 3.8.7 or later to build itself, mvn is ${version:-unknown}: $apt"
}

# "3 4 master-agent": the number of the module that is being built, how many there are, its name. The root counts as a
# module for Maven, not for us.
progress() {
    sed -n 's/^\[INFO\] Building Quorate \(.*\) [0-9][^ ]* *\[\([0-9]*\)\/\([0-9]*\)\]$/\2 \3 \1/p' "$log" | tail -n 1 |
        awk '{ name = $3; for (i = 4; i <= NF; i++) name = name " " $i; print $1 - 1, $2 - 1, name }'
}

show_on_terminal() {
    seconds=0
    while kill -0 "$maven" 2>/dev/null; do
        for frame in '|' '/' '-' '\'; do
            printf '\r%s building, %2d %% (%s) %d s \033[K' "$frame" "$percent" "${name:-starting Maven}" "$seconds" >&2
            sleep 0.25
        done
        seconds=$((seconds + 1))
        set -- $(progress)
        [ $# -lt 3 ] && continue
        percent=$((($1 - 1) * 100 / $2)) of=$2
        shift 2
        name=$*
    done
    printf '\r\033[K' >&2
}

show_in_pipe() {
    seconds=0 since=0 shown=
    while kill -0 "$maven" 2>/dev/null; do
        sleep 1
        seconds=$((seconds + 1))
        set -- $(progress)
        [ $# -lt 3 ] && continue
        number=$1 of=$2
        shift 2
        if [ "$*" != "$shown" ]; then
            shown=$* since=$seconds
            say "building module $number of $of: $shown ($seconds s)"
        elif [ $((seconds - since)) -ge 15 ]; then
            since=$seconds
            say "still building module $number of $of: $shown ($seconds s)"
        fi
    done
}

explain_failure() {
    say "the build failed; the whole log is $log"
    # only the first errors name the cause; Maven's own advice that follows does not
    grep '^\[ERROR\]' "$log" | grep -v -i -e 're-run Maven' -e 'For more information' -e 'After correcting' \
        -e '  mvn <args>' \
        -e '^\[ERROR\] *$' | awk '!seen[$0]++' | head -n 12 >&2 || tail -n 12 "$log" >&2
    exit 70
}

run_maven() {
    percent=0 name=
    # has the time of the start of the build: a source that is edited meanwhile counts as newer
    : >"$target/build.started"
    # the checks, tests and archives are for mvn verify
    (
        cd "$root" &&
            exec mvn -B -ntp -Prun -Dmaven.test.skip=true -Dquorate.archives.skip=true ${QUORATE_MAVEN_OPTS:-} package
    ) >"$log" 2>&1 </dev/null 9>&- &
    maven=$!
    trap 'kill "$maven" 2>/dev/null; exit 130' INT
    trap 'kill "$maven" 2>/dev/null; exit 143' TERM HUP
    if [ -t 2 ]; then show_on_terminal; else show_in_pipe; fi
    wait "$maven"
}

build() {
    require_tools
    say "building Quorate from $root, log in $log"
    started=$(date +%s)
    if ! run_maven; then
        grep -q -e 'Could not transfer' -e 'Connection reset' -e 'timed out' "$log" || explain_failure
        say 'a download failed: trying once more'
        run_maven || explain_failure
    fi
    trap - INT TERM HUP
    mv "$target/build.started" "$stamp"
    # these classes were compiled without the checks: let mvn verify compile them anew
    rm -rf "$root"/*/target/maven-status "$root"/*/*/target/maven-status
    say "built in $(($(date +%s) - started)) s"
}

if ! is_current; then
    mkdir -p "$target" 2>/dev/null && [ -w "$target" ] ||
        fail 77 "must build itself, but $(id -un) may not write to $target: run it as the owner of $root"
    exec 9>"$target/build.lock"
    if ! flock -n 9; then
        say 'another build of this tree is going on: waiting for it'
        flock 9
    fi
    is_current || build
    exec 9>&-
fi
home=$(distribution) || fail 70 "the build left no distribution in $target"
exec "$home/bin/$program" "$@"
