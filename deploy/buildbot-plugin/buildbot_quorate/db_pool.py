"""Lets a master outlive its database. Stock gives a build up when PostgreSQL restarts under it.

A statement that failed with its connection, or for want of disk space, was rolled back, and is run again. Where the
connection broke during COMMIT, the outcome is unknown: what may be done twice is done again; what may not fails, as in
stock.

Also asks less of the database: a single statement is sent without BEGIN and COMMIT, and connections are kept.
"""

import functools
import inspect
import re
import time
import types

import sqlalchemy as sa
from buildbot.db import enginestrategy
from buildbot.db.pool import DBThreadPool
from sqlalchemy.sql.dml import UpdateBase
from twisted.internet import defer
from twisted.internet import reactor
from twisted.python import log

from buildbot_quorate import db_session
from buildbot_quorate import db_thread

# Methods of Buildbot's database components (buildbot/db, 3.7 to 4.3), by what their functions for the pool do.
# A second buildset or change would be built twice
NEVER_TWICE = ('addBuildset', 'addChange')
# one statement, or reads only: a BEGIN before and a COMMIT or ROLLBACK after it would triple its round trips
READS = (
    '_getBuild', 'getBuilders', 'getBuildProperties', 'getBuildRequest', 'getBuildRequests', 'getBuildset',
    'getBuildsetProperties', 'getSourceStamp', 'getChange', 'getChangeFromSSid', 'getStep', '_getLog')
# one writing statement, at the end: a transaction adds nothing to it
WRITES = ('addBuild', 'completeBuildset')
# the same, and stock reads the row again for the event that follows
WRITES_WITH_EVENT = (
    'setBuildStateString', 'finishBuild', 'addStep', 'startStep', 'setStepStateString', 'finishStep')
KINDS = {method: kind for kind in (NEVER_TWICE, READS, WRITES, WRITES_WITH_EVENT) for method in kind}
METHOD_NAME = re.compile(r'\.(\w+)\.<locals>\.')  # of the component's method, in the qualified name of its function
# SQLSTATEs of PostgreSQL, or how they begin: no disk space, memory or connection left (53); a deadlock or serialization
# failure (40); a lock not available (55P03); the server shuts down (57P0)
TRANSIENT = ('53', '40', '55P03', '57P0')
CONNECTIONS = 10  # and as many threads
LONGEST_PAUSE = 5.0  # s
COMPLAINED_AGAIN = 300.0  # s; a reason that stands is logged as often as this
complaints = {}  # why there is no connection → when it was logged
# whether DBThreadPool.__thd takes the function's arguments one by one, as since 4.3, or as a tuple and a dictionary
TAKES_ARGUMENTS = inspect.getfullargspec(DBThreadPool._DBThreadPool__thd).varargs is not None
IDLE = 5.0  # s; a connection that was used since then is not tested, which would double a build's round trips


class UnknownOutcome(Exception):
    """The connection broke during COMMIT: nobody knows whether the transaction was committed."""


def install():
    """Replaces ``enginestrategy.create_engine`` and ``DBThreadPool.do``, with an effect on PostgreSQL only."""
    stock = enginestrategy.create_engine
    settings = db_session.take_settings()

    @functools.wraps(stock)
    def create_engine(name_or_url, **kwargs):
        if sa.engine.make_url(name_or_url).get_backend_name() == 'postgresql':
            # stock keeps five (SQLAlchemy's default), and opens and closes up to ten more for one use each
            kwargs = {'pool_size': CONNECTIONS, 'max_overflow': 0, **kwargs}
        engine = stock(name_or_url, **kwargs)
        if is_postgresql(engine):
            engine.should_retry = functools.partial(should_retry, getattr(engine, 'should_retry', lambda e: False))
            connect = functools.partial(connect_when_reachable, engine.connect)
            engine.connect = functools.partial(connect_once_per_method, connect)
            sa.event.listen(engine, 'connect', functools.partial(prove_session, engine, settings))
            sa.event.listen(engine, 'checkin', note_last_use)
            sa.event.listen(engine, 'checkout', functools.partial(require_followed, settings))
            sa.event.listen(engine, 'checkout', check_if_idle)
        return engine
    enginestrategy.create_engine = create_engine

    do = DBThreadPool.do

    @functools.wraps(do)
    def do_adapted(self, function, *args, **kwargs):
        if db_thread.is_current():
            return do_here(self, function, *args, **kwargs)
        return do(self, adapt(function, *args) if is_postgresql(self.engine) else function, *args, **kwargs)
    DBThreadPool.do = do_adapted


def do_here(pool, function, *args, **kwargs):
    """Replaces ``DBThreadPool.do`` on a database thread: calls the function at once, and returns a fired Deferred."""
    if kind(function, *args) is not READS:
        db_thread.forget()
    on_thread = functools.partial(pool._DBThreadPool__thd, False, adapt(function, *args))
    return defer.execute(on_thread, *args, **kwargs) if TAKES_ARGUMENTS else defer.execute(on_thread, args, kwargs)


def kind(function, *args):
    """Returns the tuple of names above to which a function for the pool belongs, or None.

    4.x can pass a function that begins a transaction, and the component's own function in ``args``.
    """
    for part in (function, *args):
        method = METHOD_NAME.search(getattr(part, '__qualname__', ''))
        if method and method[1] in KINDS:
            return KINDS[method[1]]
    return None


def adapt(function, *args):
    """Returns what to call on PostgreSQL instead of a function for the pool."""
    found = kind(function, *args)
    if found is NEVER_TWICE:
        return functools.partial(never_repeated, function)
    if found is READS or found is WRITES:
        return functools.partial(autocommitted, function)
    if found is WRITES_WITH_EVENT:
        return functools.partial(autocommitted, functools.partial(remembering_row, function))
    return function


def is_postgresql(engine_or_connection):
    return engine_or_connection.dialect.name == 'postgresql'


def autocommitted(function, connection, *args, **kwargs):
    """Calls the function while each statement on the connection commits by itself."""
    if not is_postgresql(connection):
        return function(connection, *args, **kwargs)
    driver = connection.connection.dbapi_connection  # SQLAlchemy's isolation level AUTOCOMMIT costs more than it saves
    driver.autocommit = True
    try:
        return function(connection, *args, **kwargs)
    finally:
        if not driver.closed:
            driver.autocommit = False


def remembering_row(function, connection, *args, **kwargs):
    """Calls the function, and keeps the row that it writes for the event that follows: see row_cache.py."""
    connection = ReturningConnection(connection)
    result = function(connection, *args, **kwargs)
    table, row = connection.written
    if row is not None:
        db_thread.remember((table, row.id), row)
    return result


class ReturningConnection:
    """A connection whose one INSERT or UPDATE returns its row; an UPDATE also writes the values added for its table."""

    written = None, None  # the table's name, and the row

    def __init__(self, connection):
        self.connection = connection

    def __getattr__(self, name):
        return getattr(self.connection, name)

    def execute(self, statement, *args, **kwargs):
        if not isinstance(statement, UpdateBase):
            return self.connection.execute(statement, *args, **kwargs)
        table = statement.table
        added = db_thread.values_to_add(table.name)
        if added and statement.is_update:
            statement = statement.values(**added)
        row = self.connection.execute(statement.returning(*table.c), *args, **kwargs).fetchone()
        self.written = table.name, row
        return types.SimpleNamespace(inserted_primary_key=row and (row.id,))


def connect_once_per_method(connect, *args, **kwargs):
    """Returns a connection; a method on a database thread gets the same one for all its calls."""
    if not db_thread.is_current():
        return connect(*args, **kwargs)
    connection = db_thread.connection()
    if connection is None or connection.invalidated:
        connection = db_thread.set_connection(connect(*args, **kwargs))
    return LentConnection(connection)


class LentConnection:
    """A connection whose ``close`` rolls back, and keeps the connection for the method's next call."""

    def __init__(self, connection):
        self._connection = connection

    def __getattr__(self, name):
        return getattr(self._connection, name)

    def close(self):
        connection = self._connection
        if connection.invalidated:
            return
        try:
            transaction = connection.get_transaction()
            if transaction is not None:
                transaction.close()
            connection.connection.rollback()
        except Exception as e:
            connection.invalidate(e)


def prove_session(engine, settings, connection, record):
    """Listens to ``connect``: closes a new connection of the driver that this master must not work with."""
    def another():
        args, kwargs = engine.dialect.create_connect_args(engine.url)
        return engine.dialect.connect(*args, **kwargs)
    try:
        record.info['database'] = db_session.prove(connection, settings, another)
    except Exception:
        connection.close()
        raise


def require_followed(settings, connection, record, _):
    """Listens to ``checkout``: makes the engine's pool replace a connection from before the database was promoted."""
    if record.info.get('database') != db_session.database_of(settings):
        raise sa.exc.DisconnectionError('the cluster uses another database since a promotion')


def note_last_use(connection, record, clock=time.monotonic):
    """Listens to ``checkin``: the connection goes back to the engine's pool."""
    record.info['used'] = clock()


def check_if_idle(connection, record, _, clock=time.monotonic):
    """Listens to ``checkout``: makes the engine's pool replace a connection that broke while it was idle."""
    used = record.info.get('used')
    if used is None or clock() - used < IDLE:
        return
    try:
        with connection.cursor() as cursor:
            cursor.execute('select 1')
        connection.rollback()
    except Exception as e:
        raise sa.exc.DisconnectionError(str(e)) from e


def should_retry(stock, e):
    """Returns whether the pool runs the function again after this error. Stock never does on PostgreSQL."""
    return bool(getattr(e, 'connection_invalidated', False)) or is_transient(e) or stock(e)


def is_transient(e):
    """Returns whether PostgreSQL rolled back for a reason that may be gone in a moment."""
    return (getattr(e.orig, 'pgcode', None) or '').startswith(TRANSIENT)


def never_repeated(function, *args, **kwargs):
    """Calls the function. Raises ``UnknownOutcome``, after which the pool does not retry, where its COMMIT failed."""
    try:
        return function(*args, **kwargs)
    except sa.exc.OperationalError as e:
        if e.statement is None:  # no statement failed, so COMMIT did
            raise UnknownOutcome(f'the connection broke during COMMIT: {e.orig}') from e
        raise


def connect_when_reachable(stock, *args, sleep=time.sleep, clock=time.monotonic, **kwargs):
    """Returns a connection, and waits for as long as there is none to be had. On a thread of the database pool.

    Raises ``sa.exc.OperationalError`` at once if waiting cannot help, or if the reactor does not run.
    """
    pause = 0.2  # s
    while True:
        try:
            connection = stock(*args, **kwargs)
            complaints.clear()
            return connection
        except (sa.exc.OperationalError, db_session.SessionRefused) as e:
            if not is_unreachable(e) or not reactor.running:
                raise
            complain(e, clock())
        sleep(pause)
        pause = min(LONGEST_PAUSE, pause * 1.5)


def complain(e, now):
    """Logs why there is no connection: each reason once, and again after a while."""
    why = ' '.join(str(getattr(e, 'orig', e)).split())
    if now - complaints.get(why, -COMPLAINED_AGAIN) >= COMPLAINED_AGAIN:
        complaints[why] = now
        hint = ': take options out of db_url, or let the pooler pass them on' if 'startup parameter' in why else ''
        log.msg(f'quorate: no connection to the database, this master waits for one: {why}{hint}')


def is_unreachable(e):
    """Returns whether waiting may help, unlike after a wrong password, name or address."""
    words = str(getattr(e, 'orig', e))
    mistakes = ('authentication failed', 'does not exist', 'no pg_hba.conf entry', 'could not translate')
    return not any(mistake in words for mistake in mistakes)
