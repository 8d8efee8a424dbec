"""Lets a master outlive its database: stock Buildbot gives up a build when PostgreSQL restarts under it.

A statement that broke with its connection was rolled back, and is run again on a new one. Where the connection broke in the commit
itself, nobody knows whether it happened: what may be done twice is done again; what may not is an error, as in stock.

And asks for less of it: a single statement goes without BEGIN and COMMIT, and connections are kept.
"""

import functools
import re
import time

import sqlalchemy as sa
from buildbot.db import enginestrategy
from buildbot.db.pool import DBThreadPool
from twisted.internet import defer
from twisted.internet import reactor

from buildbot_quorate import together

# a second buildset, or a second change, would be built twice
ONCE = ('addBuildset.', 'addChange.')
# one statement, or reads only: a BEGIN before and a COMMIT or ROLLBACK after it would triple its round trips
READS = ('_getBuild', 'getBuilders', 'getBuildProperties', 'getBuildRequest', 'getBuildRequests', 'getBuildset', 'getBuildsetProperties',
         'getSourceStamp', 'getChange', 'getChangeFromSSid', 'getStep', '_getLog')
UPDATES_OF_ONE_ROW = ('setBuildStateString', 'finishBuild', 'startStep', 'setStepStateString', 'finishStep')
READ = re.compile(rf"\.({'|'.join(READS)})\.<locals>\.")
UPDATE = re.compile(rf"\.({'|'.join(UPDATES_OF_ONE_ROW)})\.<locals>\.")
CONNECTIONS = 10  # and as many threads
LONGEST_PAUSE = 5.0  # s
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
        if engine.dialect.name == 'postgresql':
            engine.should_retry = functools.partial(should_retry, getattr(engine, 'should_retry', lambda e: False))
            engine.connect = functools.partial(connect, engine.connect)
            sa.event.listen(engine, 'checkin', put_back)
            sa.event.listen(engine, 'checkout', take_out)
        return engine
    enginestrategy.create_engine = create_engine

    do = DBThreadPool.do

    @functools.wraps(do)
    def do_better(self, callable, *args, **kwargs):
        callable = better(callable, *args)
        if together.is_here():
            return here(self, callable, args, kwargs)
        return do(self, callable, *args, **kwargs)
    DBThreadPool.do = do_better


def here(pool, callable, args, kwargs):
    """What the pool does on its threads, on this one of them. A Deferred, as of ``do``, whose result is there."""
    return defer.execute(pool._DBThreadPool__thd, False, callable, args, kwargs)


def better(callable, *args):
    """What to call instead. 4.x can pass what begins a transaction, and the thing itself in ``args``."""
    names = [getattr(part, '__qualname__', '') for part in (callable, *args)]
    if any(once_only in name for name in names for once_only in ONCE):
        return functools.partial(once, callable)
    if any(map(READ.search, names)):
        return functools.partial(alone, callable)
    if any(map(UPDATE.search, names)):
        return functools.partial(alone, functools.partial(returning, callable))
    return callable


def alone(callable, connection, *args, **kwargs):
    driver = connection.connection.dbapi_connection  # SQLAlchemy's own way, an isolation level, costs more than it spares
    driver.autocommit = True
    try:
        return callable(connection, *args, **kwargs)
    finally:
        if not driver.closed:
            driver.autocommit = False


def returning(callable, connection, *args, **kwargs):
    """Keeps the row that an update wrote, since the event that tells of it asks for it next."""
    connection = Returning(connection)
    result = callable(connection, *args, **kwargs)
    together.keep(*connection.written)
    return result


class Returning:
    """A connection whose one update gives its row back."""

    written = None, None  # the table's name, and the row

    def __init__(self, connection):
        self.connection = connection

    def __getattr__(self, name):
        return getattr(self.connection, name)

    def execute(self, update, *args, **kwargs):
        result = self.connection.execute(update.returning(*update.table.c), *args, **kwargs)
        self.written = update.table.name, result.fetchone()
        return result


def put_back(connection, record, clock=time.monotonic):
    record.info['used'] = clock()


def take_out(connection, record, _, clock=time.monotonic):
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
    return bool(getattr(e, 'connection_invalidated', False)) or stock(e)


def once(callable, *args, **kwargs):
    try:
        return callable(*args, **kwargs)
    except sa.exc.OperationalError as e:
        if e.statement is None:  # not in a statement: in the commit
            raise UnknownOutcome(str(e.orig)) from e
        raise


def connect(stock, *args, sleep=time.sleep, **kwargs):
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
