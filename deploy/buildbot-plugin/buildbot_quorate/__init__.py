# Quorate's plugin for Buildbot.  Licence: GPL-2.0 (it imports Buildbot); see LICENSE beside this package.
"""Lets a Buildbot master work as one with others, through the quorate-agent beside it.

In ``master.cfg``, after all else is set::

    import buildbot_quorate
    buildbot_quorate.join(c)
"""

__version__ = '0.1.0'


def join(c, link=None):
    """Makes the configured master a member of the cluster of its agent.

    ``c``: the dictionary ``BuildmasterConfig``. ``link``: the path of the agent's socket; by default that of the environment
    variable ``QUORATE_LINK``, which the agent sets for a master that it starts. Without either, as in ``buildbot checkconfig``
    and ``buildbot upgrade-master``, nothing is connected: such a master starts no build and owns no scheduler.
    """
    from buildbot_quorate import hooks
    hooks.install()
    c['multiMaster'] = True
    c['mq'] = {'type': 'quorate', **({'link': link} if link else {})}
    return c
