/**
 * Quorate beside real Buildbot masters and workers: Debian's packages {@code buildbot}, {@code buildbot-worker} and {@code
 * python3-psycopg2}. Each test has the tag {@code buildbot}; they run in the Maven profile of that name only, since everything
 * else needs nothing installed.
 */
package org.quorate.buildbot;
