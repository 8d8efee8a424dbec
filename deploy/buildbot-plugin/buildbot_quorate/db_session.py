"""Gives each new session to PostgreSQL its settings, and refuses one that does not keep them.

The agent starts its buildmaster with the master's authority in ``PGOPTIONS``: by ``quorate.masterid`` and
``quorate.epoch`` the database's triggers fence the buildmaster's writes, and by ``quorate.database`` a former primary
refuses them. libpq would put ``PGOPTIONS`` into the startup message, which a pooler refuses, or passes on without it.
So the settings are taken out of the environment, sent by one statement after the connection is made, and read back.
After a promotion the agent names the database's new identity, and sessions that carry the former one are replaced.
"""

import json
import os
import re
import time

SUPERVISED = 'QUORATE_MASTER_NAME'  # environment variable: set by the agent that starts this master
AUTHORITY = ('quorate.masterid', 'quorate.epoch')
DATABASE = 'quorate.database'  # the identity of the database for which the agent gave the epoch
# a setting in PGOPTIONS; a backslash precedes a space in a value
OPTION = re.compile(r'(?:-c\s*|--)([\w.-]+)=((?:\\.|[^\s\\])*)\s*')
# what Buildbot and the triggers rest on, whatever the role or the database sets
OWN = {
    'search_path': 'public',
    'default_transaction_isolation': 'read committed',
    'default_transaction_read_only': 'off',
    'idle_session_timeout': '0',
}
LOOKS = 3  # another client of the pooler may take the backend between two statements
# A setting that this version of PostgreSQL lacks is left out
STATEMENT = (
    "select pg_backend_pid(), current_setting('session_replication_role'),"
    ' extract(epoch from clock_timestamp())::float8,'
    " (select json_object_agg(s.name, case when s.name like 'quorate.%%' or current_setting(s.name, true) is not null"
    " then set_config(s.name, s.value, false) end)::text from json_each_text(%s::json) as s(name, value))")
POOLER = (
    'a connection pooler in transaction mode is between this master and PostgreSQL, in which the epoch of a session'
    ' goes astray: use session mode there (PgBouncer: pool_mode = session), or name PostgreSQL itself in db_url')


class DatabaseClock:
    """The database's clock, as the newest proof of a session showed it. Thread-safe.

    It goes on by the monotonic clock, so this machine's own time, right or wrong or set meanwhile, has no effect.
    """

    def __init__(self, monotonic=time.monotonic):
        self._monotonic = monotonic
        self._ahead = None  # seconds, of the monotonic clock

    def read(self, seconds):
        """Notes what the database's clock has shown just now, in seconds since the epoch."""
        self._ahead = seconds - self._monotonic()

    def now(self, otherwise):
        """Returns the time, never later than the database's clock; ``otherwise`` before the first reading."""
        return otherwise if self._ahead is None else self._monotonic() + self._ahead


clock = DatabaseClock()
followed = None  # the database's identity, as the agent named it last


def follow(identity):
    """Lets each session from now on carry this identity of the database, in the place of the one in ``PGOPTIONS``."""
    global followed  # one process is one master
    followed = identity


def database_of(settings):
    """Returns the identity that a new session must carry; None: none, as where no agent started this master."""
    supervised = all(settings.get(name) for name in AUTHORITY)
    return supervised and followed or settings.get(DATABASE)


class SessionRefused(Exception):
    """A session was opened, but this master must not work with it. The message says why, and how to mend it."""


def take_settings(environment=os.environ):
    """Returns the settings of each session by name, and takes those in ``PGOPTIONS`` out of the environment.

    What cannot be read stays in ``PGOPTIONS``, for libpq.
    """
    options = environment.pop('PGOPTIONS', '')
    rest = OPTION.sub('', options).strip()
    if rest:
        environment['PGOPTIONS'] = rest
    taken = {name.replace('-', '_'): re.sub(r'\\(.)', r'\1', value) for name, value in OPTION.findall(options)}
    if environment.get(SUPERVISED):
        taken = {**dict.fromkeys(AUTHORITY, ''), **taken}
    return {**OWN, **taken}


def prove(connection, wanted, another):
    """Gives the driver's new connection its settings in one round trip. Returns the identity that the session carries.

    Raises ``SessionRefused``.

    ``wanted``: from ``take_settings``.

    ``another``: opens one more connection of the driver to the same server; called if there is a pooler only.
    """
    if any(wanted.get(name) == '' for name in AUTHORITY):
        raise SessionRefused(
            "the agent's PGOPTIONS with the epoch did not reach this process, so the database cannot fence it: let the"
            ' command of the agent (buildmaster.command) keep its environment')
    database = database_of(wanted)
    if database:
        wanted = {**wanted, DATABASE: database}
    with connection.cursor() as cursor:
        cursor.execute(STATEMENT, (json.dumps(wanted),))
        pid, triggers, seconds, given = cursor.fetchone()
    clock.read(seconds)
    connection.commit()  # a rollback would take the settings back
    given = json.loads(given)
    if triggers != 'origin':
        raise SessionRefused(
            f'session_replication_role is {triggers}, so no trigger of the database fences this master: reset that'
            " setting of the role or the database (alter role … reset session_replication_role)")
    lost = [name for name in (*AUTHORITY, DATABASE) if name in wanted and given.get(name) != wanted[name]]
    if lost:
        raise SessionRefused(f'the session does not keep {" and ".join(lost)}, so the database cannot fence it')
    if pid != announced_pid(connection):
        require_session_mode(connection, pid, another)
    return database


def announced_pid(connection):
    """Returns the backend's process id as it was announced at the start, which a pooler makes up; None if unknown."""
    return getattr(getattr(connection, 'info', None), 'backend_pid', None)


def require_session_mode(connection, pid, another):
    """Raises ``SessionRefused`` unless the session keeps its backend while another one has a transaction open."""
    for _ in range(LOOKS):
        second = another()
        try:
            if backend_pid(second) == pid or backend_pid(connection) != pid:
                raise SessionRefused(POOLER)
            connection.rollback()
            second.rollback()
        finally:
            second.close()


def backend_pid(connection):
    with connection.cursor() as cursor:
        cursor.execute('select pg_backend_pid()')
        return cursor.fetchone()[0]
