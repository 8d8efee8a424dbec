"""Lets a master outlive its database: stock Buildbot gives up a build when PostgreSQL restarts under it.

A statement that broke with its connection was rolled back, and is run again on a new one. Where the connection broke in the commit
itself, nobody knows whether it happened: what may be done twice is done again; what may not is an error, as in stock.
"""

import functools
import time

import sqlalchemy as sa
from buildbot.db import enginestrategy
from buildbot.db.pool import DBThreadPool
from twisted.internet import reactor

# a second buildset, or a second change, would be built twice
ONCE = ('addBuildset.', 'addChange.')
LONGEST_PAUSE = 5.0  # s
IDLE = 5.0  # s; a connection that was used since is not asked whether it still lives, which would double a build's round trips


class UnknownOutcome(Exception):
    """The connection broke while this was being committed."""


def install():
    stock = enginestrategy.create_engine

    @functools.wraps(stock)
    def create_engine(name_or_url, **kwargs):
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
    def do_once(self, callable, *args, **kwargs):
        if any(is_once(part) for part in (callable, *args)):  # 4.x can pass what begins a transaction, and the thing itself
            callable = functools.partial(once, callable)
        return do(self, callable, *args, **kwargs)
    DBThreadPool.do = do_once


def is_once(function):
    return any(name in getattr(function, '__qualname__', '') for name in ONCE)


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
