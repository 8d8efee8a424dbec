"""Makes pollers lose no change, and tell none twice, when an insert fails or another master polls.

Stock's GitPoller stores a branch's head as ``lastRev`` before its changes are in the database: if one cannot be
written, it and all behind it are never told. And a master whose clone lacks the last revision, since the branch was
rewritten before this master began to poll, would tell the branch's whole history. Other pollers go on behind a change
that could not be written in the same way.
"""

import sqlalchemy as sa
from twisted.internet import defer
from twisted.python import log

RECORDED_MAX = 10_000  # newest changes of a repository that are compared
RECORDED = 'select revision from changes where repository = :repository order by changeid desc limit :most'


def activated(poller):
    """Another master may have polled before: what it recorded is compared once."""
    poller._quorate_in_doubt = True


@defer.inlineCallbacks
def process_changes(original, poller, new_rev, branch):
    """Replaces ``_process_changes``: a branch whose changes could not all be recorded keeps its last revision."""
    last = poller.lastRev.get(branch)
    try:
        yield original(new_rev, branch)
    except Exception:
        poller.__dict__.setdefault('_quorate_failed', {})[branch] = last
        if last is not None:
            poller.lastRev[branch] = last
        raise


def state(poller, revisions):
    """Returns what is stored as ``lastRev``. Changes the dictionary, since the poller keeps it."""
    failed = poller.__dict__.pop('_quorate_failed', {})
    for branch, last in failed.items():
        revisions.pop(branch, None)
        if last is not None:
            revisions[branch] = last
    poller._quorate_in_doubt = bool(failed)
    return revisions


def is_list_of_new(command, args):
    return command == 'log' and '--format=%H' in (args or ())


@defer.inlineCallbacks
def only_new(poller, output, args, call):
    """Returns (as a Deferred) the output of ``git log`` without the revisions that are in the database already.

    If the clone lacks a revision that was told last, only those are new that are newer than the newest one in the
    database, or the newest one alone if none is there. ``call``: runs a git command.
    """
    revisions = output.split()
    if not revisions or not getattr(poller, '_quorate_in_doubt', False):
        return output
    repository = poller.repourl if isinstance(poller.repourl, str) else poller.repourl.decode()
    rows = yield poller.master.db.pool.do(lambda connection: connection.execute(
        sa.text(RECORDED), {'repository': repository, 'most': RECORDED_MAX}).fetchall())
    recorded = {row[0] for row in rows}
    if (yield _lacks(poller, args, call)):
        newer = []
        for revision in revisions:
            if revision in recorded:
                break
            newer.append(revision)
        new = newer if len(newer) < len(revisions) else revisions[:1]
        log.msg(f'quorate: {poller.name}: the branch was rewritten, and this clone lacks the last revision that was '
                f'told: {len(new)} of {len(revisions)} revisions count as new')
    else:
        new = [revision for revision in revisions if revision not in recorded]
    return '\n'.join(new)


@defer.inlineCallbacks
def _lacks(poller, args, call):
    for arg in args:
        if arg.startswith('^'):
            try:
                yield call('cat-file', ['-e', arg[1:] + '^{commit}'], path=poller.workdir)
            except Exception:
                return True
    return False


# Pull requests of GitHub and Bitbucket: stock stores a request's revision before its change is in the database

def forget_revision(poller):
    """The poller begins with another pull request."""
    poller._quorate_before = None


@defer.inlineCallbacks
def set_revision(original, poller, current, number, revision):
    """Replaces ``_setCurrentRev``. ``current``: returns (as a Deferred) the revision that is stored now."""
    poller._quorate_before = number, (yield current(number))
    yield original(number, revision)


@defer.inlineCallbacks
def process_requests(original, poller, store, *args):
    """Stores the old revision of a pull request again whose change could not be recorded. ``store``: stores one."""
    forget_revision(poller)
    try:
        return (yield original(*args))
    except Exception:
        if poller._quorate_before:
            yield store(*poller._quorate_before)
        raise


# Subversion: stock goes on behind all revisions of a poll before their changes are in the database

@defer.inlineCallbacks
def submit_changes(original, poller, before, changes):
    """Replaces ``submit_changes``: after an error the next poll begins at the change that could not be recorded.

    ``before``: the last revision before this poll.
    """
    told = before
    for index, change in enumerate(changes):
        try:
            yield original([change])
        except Exception:
            poller.last_change = told
            raise
        if change is changes[-1] or changes[index + 1]['revision'] != change['revision']:
            told = int(change['revision'])
