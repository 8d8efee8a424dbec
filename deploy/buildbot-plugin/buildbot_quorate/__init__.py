# Quorate's plugin for Buildbot.  Licence: GPL-2.0 (it imports Buildbot); see LICENSE beside this package.
"""Lets a Buildbot master work as one with others, through the quorate-agent beside it.

In ``master.cfg``, after all else is set::

    import buildbot_quorate
    buildbot_quorate.join(c)
"""

__version__ = '0.1.0'


def join(c, link=None, reporters='all'):
    """Makes the configured master a member of its agent's cluster, and returns ``c``.

    ``c``: the dictionary ``BuildmasterConfig``.

    ``link``: the path of the agent's socket; by default the environment variable ``QUORATE_LINK``, which the agent
    sets for a master that it starts. Without either the master refuses to start, before it connects to the database;
    ``buildbot checkconfig``, ``upgrade-master`` and ``cleanupdb`` work.

    ``reporters``: what this master's reporters report. ``'all'``: what happens in the whole cluster, for the only
    master that has reporters. ``'own'``: what this master did, for masters that all have the same reporters, so that
    each event is reported once. Any other value is an error of the configuration.
    """
    from buildbot.config import error
    from buildbot_quorate import patches
    if reporters not in ('all', 'own'):
        error(f"buildbot_quorate.join: reporters must be 'all' or 'own', not {reporters!r}")
    patches.install()
    c['multiMaster'] = True
    c['mq'] = {'type': 'quorate', 'reporters': reporters, **({'link': link} if link else {})}
    return c
