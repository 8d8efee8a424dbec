"""Lets a master outlive its database: stock Buildbot gives up a build when PostgreSQL restarts under it.

A statement that broke with its connection, or for which there was no room on the disk, was rolled back, and is run again. Where the
connection broke in the commit itself, nobody knows whether it happened: what may be done twice is done again; what may not is an
error, as in stock.

And asks for less of it: a single statement goes without BEGIN and COMMIT, and connections are kept.
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

from buildbot_quorate import db_thread

# a second buildset, or a second change, would be built twice
NEVER_TWICE = ('addBuildset', 'addChange')
# one statement, or reads only: a BEGIN before and a COMMIT or ROLLBACK after it would triple its round trips
READS = ('_getBuild', 'getBuilders', 'getBuildProperties', 'getBuildRequest', 'getBuildRequests', 'getBuildset', 'getBuildsetProperties',
         'getSourceStamp', 'getChange', 'getChangeFromSSid', 'getStep', '_getLog')
# one of these, at the end: a transaction adds nothing to it
WRITES = ('addBuild', 'completeBuildset')
WRITES_WITH_EVENT = ('setBuildStateString', 'finishBuild', 'addStep', 'startStep', 'setStepStateString', 'finishStep')
KINDS = {method: kind for kind in (NEVER_TWICE, READS, WRITES, WRITES_WITH_EVENT) for method in kind}
METHOD_NAME = re.compile(r'\.(\w+)\.<locals>\.')  # of a component, in the name of what it gives to the pool
# classes and codes of PostgreSQL's: no disk, memory or connection left; a deadlock; a lock not to be had; the server going down
TRANSIENT = ('53', '40', '55P03', '57P0')
CONNECTIONS = 10  # and as many threads
LONGEST_PAUSE = 5.0  # s
# whether the pool's method for its threads takes each argument of the function, as since 4.3, or a tuple and a dictionary of them
TAKES_ARGUMENTS = inspect.getfullargspec(DBThreadPool._DBThreadPool__thd).varargs is not None
IDLE = 5.0  # s; a connection that was used since is not asked whether it still lives, which would double a build's round trips


class UnknownOutcome(Exception):
    """The connection broke while this was being committed."""


def install():
    stock = enginestrategy.create_engine

    @functools.wraps(stock)
    def create_engine(name_or_url, **kwargs):
        if sa.engine.make_url(name_or_url).get_backend_name() == 'postgresql':
            # stock keeps five, and opens and closes ten more for one use each
            kwargs = {'pool_size': CONNECTIONS, 'max_overflow': 0, **kwargs}
        engine = stock(name_or_url, **kwargs)
        if is_postgresql(engine):
            engine.should_retry = functools.partial(should_retry, getattr(engine, 'should_retry', lambda e: False))
            engine.connect = functools.partial(connect_once_per_method, functools.partial(connect_when_reachable, engine.connect))
            sa.event.listen(engine, 'checkin', note_last_use)
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
    """What the pool does on its threads, on this one of them. A Deferred, as of ``do``, whose result is there."""
    if kind(function, *args) is not READS:
        db_thread.forget()
    on_thread = functools.partial(pool._DBThreadPool__thd, False, adapt(function, *args))
    return defer.execute(on_thread, *args, **kwargs) if TAKES_ARGUMENTS else defer.execute(on_thread, args, kwargs)


def kind(function, *args):
    """Which of the tuples of names above it belongs to. 4.x can pass what begins a transaction, and the thing itself in ``args``."""
    for part in (function, *args):
        method = METHOD_NAME.search(getattr(part, '__qualname__', ''))
        if method and method[1] in KINDS:
            return KINDS[method[1]]
    return None


def adapt(function, *args):
    """What to call instead."""
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
    if not is_postgresql(connection):
        return function(connection, *args, **kwargs)
    driver = connection.connection.dbapi_connection  # SQLAlchemy's own way, an isolation level, costs more than it spares
    driver.autocommit = True
    try:
        return function(connection, *args, **kwargs)
    finally:
        if not driver.closed:
            driver.autocommit = False


def remembering_row(function, connection, *args, **kwargs):
    """Remembers the row that was written, since the event that tells of it asks for it next."""
    connection = ReturningConnection(connection)
    result = function(connection, *args, **kwargs)
    table, row = connection.written
    if row is not None:
        db_thread.remember((table, row.id), row)
    return result


class ReturningConnection:
    """A connection whose one insert or update gives its row back, and writes what was added to it."""

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
    """A connection; for a method on a database thread the same for all that it asks."""
    if not db_thread.is_current():
        return connect(*args, **kwargs)
    connection = db_thread.connection()
    if connection is None or connection.invalidated:
        connection = db_thread.set_connection(connect(*args, **kwargs))
    return LentConnection(connection)


class LentConnection:
    """A connection that goes on to the next who asks for one, as clean as from the pool."""

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


def note_last_use(connection, record, clock=time.monotonic):
    record.info['used'] = clock()


def check_if_idle(connection, record, _, clock=time.monotonic):
    """Makes the pool replace a connection that broke while it was idle."""
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
    return bool(getattr(e, 'connection_invalidated', False)) or is_transient(e) or stock(e)


def is_transient(e):
    """Whether the server rolled back for a reason that may be gone in a moment: stock gives the build up."""
    return (getattr(e.orig, 'pgcode', None) or '').startswith(TRANSIENT)


def never_repeated(function, *args, **kwargs):
    try:
        return function(*args, **kwargs)
    except sa.exc.OperationalError as e:
        if e.statement is None:  # not in a statement: in the commit
            raise UnknownOutcome(str(e.orig)) from e
        raise


def connect_when_reachable(stock, *args, sleep=time.sleep, **kwargs):
    """A connection, however long it takes until the database can be reached. On a thread of the database pool."""
    pause = 0.2
    while True:
        try:
            return stock(*args, **kwargs)
        except sa.exc.OperationalError as e:
            if not is_unreachable(e) or not reactor.running:
                raise
        sleep(pause)
        pause = min(LONGEST_PAUSE, pause * 1.5)


def is_unreachable(e):
    """Whether waiting may help, as against a wrong password or name."""
    words = str(e.orig)
    return not any(wrong in words for wrong in ('authentication failed', 'does not exist', 'no pg_hba.conf entry', 'could not translate'))
