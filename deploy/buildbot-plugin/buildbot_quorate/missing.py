"""Lets one master report a worker that is missing, and only if no master of the cluster has it.

In stock each master that knows a worker reports it, though it is connected to another one (buildbot#5131).
"""

import sqlalchemy as sa
from twisted.internet import defer

CONNECTED = """
    select count(*) from connected_workers c join masters m on m.id = c.masterid
     where c.workerid = :workerid and m.active = 1"""


@defer.inlineCallbacks
def is_to_report(master, worker, is_first_active):
    """Returns (as a Deferred) whether this master reports the worker as missing.

    The master that lost it does; if no master has had it since it started, the first active master.
    """
    count = yield master.db.pool.do(
        lambda connection: connection.execute(sa.text(CONNECTED), {'workerid': worker.workerid}).scalar())
    if count:
        return False
    if getattr(worker, '_quorate_was_here', False):
        return True
    return (yield is_first_active(master))
