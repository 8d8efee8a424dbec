# Quorate's plugin for Buildbot.  Licence: GPL-2.0 (it imports Buildbot); see LICENSE beside this package.
"""Lets a Buildbot master work as one with others, through the quorate-agent beside it.

In ``master.cfg``, after all else is set::

    import buildbot_quorate
    buildbot_quorate.join(c)
"""

__version__ = '0.1.0'


def join(c, link=None, reporters='all'):
    """Makes the configured master a member of the cluster of its agent.

    ``c``: the dictionary ``BuildmasterConfig``. ``link``: the path of the agent's socket; by default that of the environment
    variable ``QUORATE_LINK``, which the agent sets for a master that it starts. Without either, as in ``buildbot checkconfig``
    and ``buildbot upgrade-master``, nothing is connected: such a master starts no build and owns no scheduler.

    ``reporters``: what this master's reporters tell of. ``'all'`` that happens in the cluster: for one master that alone has
    reporters. ``'own'``, only what this master did: for masters that all have the same ones, so that each event is reported once.
    """
    from buildbot.config import error
    from buildbot_quorate import patches
    if reporters not in ('all', 'own'):
        error(f"buildbot_quorate.join: reporters is 'all' or 'own', not {reporters!r}")
    patches.install()
    c['multiMaster'] = True
    c['mq'] = {'type': 'quorate', 'reporters': reporters, **({'link': link} if link else {})}
    return c
