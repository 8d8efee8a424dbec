"""Fakes of the parts of a master that the plugin uses."""

import json
import threading
import types

import sqlalchemy as sa
from buildbot.db.model import Model
from buildbot.db.pool import DBThreadPool
from buildbot_quorate import db_pool
from buildbot_quorate.membership import Member
from twisted.internet import defer
from twisted.internet import task
from twisted.python import failure


class FakeLink:
    """An open link; the test answers its requests, which are ``(method, params, Deferred)`` in ``requests``."""

    def __init__(self):
        self.requests = []
        self.closed = None

    def request(self, method, **params):
        answer = defer.Deferred()
        self.requests.append((method, params, answer))
        return answer

    def request_text(self, method, params):
        return self.request(method, **json.loads(params))

    def last(self, method):
        return next(a for a in reversed(self.requests) if a[0] == method)

    def count(self, method):
        return sum(1 for a in self.requests if a[0] == method)

    def close(self, why):
        self.closed = why


class Connection:
    """A connection to a database that gets no statements."""

    dialect = types.SimpleNamespace(name='none')

    def close(self):
        pass


class Pool:
    """A database pool that runs each call on a new thread and waits for it, with the installed Buildbot's ``__thd``."""

    _DBThreadPool__thd = DBThreadPool._DBThreadPool__thd
    BACKOFF_START = DBThreadPool.BACKOFF_START
    forbidded_callable_return_type = sa.engine.Result
    engine = types.SimpleNamespace(connect=Connection)

    def __init__(self):
        self.threads = []
        self.reactor = types.SimpleNamespace(
            callFromThread=lambda function, *args: self.answers.append((function, args)))
        self._pool = self

    def callInThreadWithCallback(self, done, function, *args, **kwargs):
        def work():
            try:
                result = True, function(*args, **kwargs)
            except Exception:
                result = False, failure.Failure()
            done(*result)
        self.answers = []
        thread = threading.Thread(target=work)
        self.threads.append(thread)
        thread.start()
        thread.join()
        for function, args in self.answers:
            function(*args)

    def do(self, function, *args):
        return db_pool.do_here(self, function, *args)


class SqlPool(Pool):
    """A pool of a SQLite database in memory, with Buildbot's tables. ``statements``: those that it got."""

    def __init__(self):
        super().__init__()
        self.engine = sa.create_engine(
            'sqlite://', poolclass=sa.pool.StaticPool, connect_args={'check_same_thread': False})
        Model.metadata.create_all(self.engine)
        self.statements = []
        sa.event.listen(
            self.engine, 'before_cursor_execute', lambda c, cursor, statement, *_: self.statements.append(statement))

    def write(self, table, **values):
        with self.engine.begin() as connection:
            connection.execute(table.insert().values(**values))


class FakeDistributor:
    running = True

    class _deferwaiter:
        @staticmethod
        def add(deferred):
            return deferred


class FakeService:
    """A scheduler or a change source: the parts that ownership uses."""

    running = True
    active = False
    enabled = True
    _waiters = ()

    def __init__(self, member, name):
        self.member = member
        self.name = name
        self.polls = 0

    def _activityPoll(self):
        self.active = self.member().owns(self.name)
        return defer.succeed(None)

    def deactivate(self):
        return defer.succeed(None)

    def _startActivityPolling(self):
        self.polls += 1


class FakeBuild:
    def __init__(self, brid, waited_for=False):
        self.requests = [types.SimpleNamespace(id=brid, waitedFor=waited_for)]
        self.buildid = 1000 + brid
        self.stopped = None

    def stopBuild(self, why, results):
        self.stopped = (why, results)
        return defer.succeed(None)


class FakeBuilder:
    def __init__(self, name, places=()):
        self.name = name
        self.building = []
        self.places = list(places)

    def getAvailableWorkers(self):
        return [p for p in self.places if not p.isBusy()]


class FakeMQ:
    def __init__(self):
        self.events = []

    def arrived(self, event, masterid):
        self.events.append(event)
        return defer.succeed(None)


def place(worker, max_builds=None, busy=False):
    """Returns a WorkerForBuilder. ``worker``: a new worker's name, or the worker of another place, which both share."""
    if isinstance(worker, str):
        worker = types.SimpleNamespace(workername=worker, max_builds=max_builds, workerforbuilders={})
    here = types.SimpleNamespace(worker=worker, isBusy=lambda: busy)
    worker.workerforbuilders[len(worker.workerforbuilders)] = here
    return here


def builder_config(name, workernames=('w1', 'w2'), **settings):
    return types.SimpleNamespace(**{
        'name': name, 'workernames': list(workernames), 'nextBuild': None, 'nextWorker': None, 'canStartBuild': None,
        'locks': [], **settings})


def master(**more):
    namespace = types.SimpleNamespace
    config = namespace(
        workers=[namespace(workername='w1', max_builds=2, builds_may_be_incompatible=False),
                 namespace(workername='w2', max_builds=None, builds_may_be_incompatible=False)],
        builders=[builder_config('compile')],
        prioritizeBuilders=None,
        select_next_worker=None,
        schedulers={'nightly': types.SimpleNamespace()},
        change_sources=[namespace(name='git')],
        protocols={'pb': {'port': 'tcp:9989'}})
    return namespace(
        reactor=task.Clock(), name='m1', config=config,
        botmaster=namespace(builders={}, brd=FakeDistributor()),
        scheduler_manager=namespace(namedServices={}),
        change_svc=namespace(namedServices={}),
        **more)


HELLO = {'protocol': 1, 'masterid': 3, 'epoch': 7, 'leaseMillis': 4000, 'draining': False, 'stop': []}


class Ended(Exception):
    """Raised where the process would end."""


def end(why):
    raise Ended(why)


def member(of=None):
    """Returns a member that has not connected yet; its clock is the master's reactor."""
    of = of or master()
    made = Member(of, FakeMQ(), None, clock=of.reactor.seconds, end_process=end)
    made.connector = types.SimpleNamespace(logged=[], failed_hellos=0, stop=lambda: None)
    made.connector.log_once = made.connector.logged.append
    return made


def joined(of=None, **answer):
    """Returns a member whose agent has answered hello, and its link. ``answer``: fields of the answer."""
    made = member(of)
    link = FakeLink()
    made.connected(link)
    link.last('hello')[2].callback({**HELLO, **answer})
    return made, link

