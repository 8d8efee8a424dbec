# The application that twistd runs: a shorter form of what `buildbot create-master` writes.
import os

from buildbot.master import BuildMaster
from twisted.application import service
from twisted.python.log import FileLogObserver, ILogObserver
from twisted.python.logfile import LogFile

basedir = os.path.abspath(os.path.dirname(__file__))
application = service.Application('buildmaster')
log = LogFile.fromFullPath(os.path.join(basedir, 'twistd.log'), rotateLength=10000000, maxRotatedFiles=2)
application.setComponent(ILogObserver, FileLogObserver(log).emit)
BuildMaster(basedir, 'master.cfg', None).setServiceParent(application)
