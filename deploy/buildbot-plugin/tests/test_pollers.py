import os
import shutil
import subprocess
import tempfile
import types

from buildbot.changes.bitbucket import BitbucketPullrequestPoller
from buildbot.changes.github import GitHubPullrequestPoller
from buildbot.changes.gitpoller import GitPoller
from buildbot.changes.svnpoller import SVNPoller
from buildbot.worker.base import AbstractWorker
from buildbot_quorate import patches
from buildbot_quorate import pollers
from twisted.internet import defer
from twisted.trial import unittest as trial

MAIL = {'GIT_AUTHOR_NAME': 'a', 'GIT_AUTHOR_EMAIL': 'a@b', 'GIT_COMMITTER_NAME': 'a', 'GIT_COMMITTER_EMAIL': 'a@b'}


class GitPolling(trial.SynchronousTestCase):
    def setUp(self):
        self.repository = tempfile.mkdtemp()
        self.clone = tempfile.mkdtemp()
        for folder in (self.repository, self.clone):
            self.addCleanup(shutil.rmtree, folder)
        self.git(self.repository, 'init', '-q', '-b', 'main')
        self.git(self.clone, 'init', '-q', '--bare')
        self.told, self.refused, self.rows = [], set(), []
        self.master = types.SimpleNamespace(
            db=types.SimpleNamespace(pool=types.SimpleNamespace(do=lambda function: defer.succeed(self.rows))))
        self.poller = types.SimpleNamespace(
            master=self.master, name='git', repourl=self.repository, workdir=self.clone, lastRev={})

    def git(self, folder, *args):
        environment = {**os.environ, **MAIL}
        return subprocess.run(
            ['git', *args], cwd=folder, env=environment, check=True, capture_output=True, text=True).stdout.strip()

    def commit(self, text):
        self.git(self.repository, 'commit', '-q', '--allow-empty', '-m', text)
        return self.git(self.repository, 'rev-parse', 'HEAD')

    def add_change(self, revision, **_):
        if revision in self.refused:
            return defer.fail(OSError('the insert was refused'))
        self.told.append(revision)
        self.rows.append((revision,))
        return defer.succeed(1)

    def run_git(self, command, args=None, path=None, **_):
        try:
            return defer.succeed(self.git(path or self.clone, command, *(args or ())))
        except subprocess.CalledProcessError as e:
            return defer.fail(e)

    def poll(self):
        """Does what ``poll`` does with one branch, after its fetch."""
        self.git(self.clone, 'fetch', '-q', self.repository, '+main:refs/t')
        head = self.git(self.clone, 'rev-parse', 'refs/t')
        self.poller.lastRev = dict(self.poller.lastRev)
        output = self.git(self.clone, 'log', '--ignore-missing', '--format=%H', head,
                          *['^' + rev for rev in self.poller.lastRev.values()], '--')
        args = ['--ignore-missing', '--format=%H', head, *['^' + rev for rev in self.poller.lastRev.values()], '--']
        new = self.successResultOf(pollers.only_new(self.poller, output, args, self.run_git)).split()

        @defer.inlineCallbacks
        def stock(new_rev, branch):
            before, self.poller.lastRev[branch] = self.poller.lastRev.get(branch), new_rev
            for revision in reversed(new) if before else ():
                yield self.add_change(revision)
        revs = {'main': head}
        d = pollers.process_changes(stock, self.poller, head, 'main')
        d.addErrback(lambda failure: failure.trap(OSError))
        self.successResultOf(d)
        self.poller.lastRev = pollers.state(self.poller, revs)

    def test_a_push_of_which_one_change_is_refused_is_told_completely_by_the_next_poll_and_nothing_twice(self):
        self.commit('before')
        self.poll()
        pushed = [self.commit(text) for text in ('one', 'two', 'three')]
        self.refused = {pushed[1]}
        self.poll()
        self.assertEqual(self.told, pushed[:1])
        self.refused = set()
        self.poll()
        self.assertEqual(self.told, pushed)
        self.poll()
        self.assertEqual(self.told, pushed)

    def test_a_master_that_begins_to_poll_tells_nothing_that_the_last_one_recorded_before_it_died(self):
        self.commit('before')
        self.poll()
        stored = dict(self.poller.lastRev)
        pushed = [self.commit(text) for text in ('one', 'two')]
        self.rows.append((pushed[0],))
        self.poller.lastRev = stored
        pollers.activated(self.poller)
        self.poll()
        self.assertEqual(self.told, pushed[1:])

    def test_a_fresh_clone_after_a_rewrite_tells_only_what_is_newer_than_the_newest_recorded_change(self):
        for text in ('very', 'old', 'history'):
            self.commit(text)
        self.poll()
        told = self.commit('told')
        gone = self.commit('gone')
        self.poll()
        self.git(self.repository, 'reset', '-q', '--hard', told)
        rewritten = self.commit('rewritten')
        self.git(self.repository, 'reflog', 'expire', '--expire=now', '--all')
        shutil.rmtree(self.clone)
        os.mkdir(self.clone)
        self.git(self.clone, 'init', '-q', '--bare')
        pollers.activated(self.poller)
        self.poll()
        self.assertEqual(self.told, [told, gone, rewritten])

    def test_a_fresh_clone_after_a_rewrite_of_all_tells_the_head_alone(self):
        self.commit('old')
        self.poll()
        self.git(self.repository, 'checkout', '-q', '--orphan', 'other')
        self.commit('new')
        head = self.commit('head')
        self.git(self.repository, 'branch', '-q', '-M', 'main')
        shutil.rmtree(self.clone)
        os.mkdir(self.clone)
        self.git(self.clone, 'init', '-q', '--bare')
        pollers.activated(self.poller)
        self.poll()
        self.assertEqual(self.told, [head])


class OtherPollers(trial.SynchronousTestCase):
    def test_a_pull_request_whose_change_is_refused_keeps_its_revision_and_those_before_it_do_not(self):
        stored, refused = {1: 'a', 2: 'b'}, {'b2'}
        poller = types.SimpleNamespace()

        def store(number, revision):
            stored[number] = revision
            return defer.succeed(None)

        @defer.inlineCallbacks
        def stock():
            for number, revision in ((1, 'a2'), (2, 'b2')):
                pollers.forget_revision(poller)
                yield pollers.set_revision(
                    store, poller, lambda number: defer.succeed(stored[number]), number, revision)
                if revision in refused:
                    raise OSError('the insert was refused')
        self.failureResultOf(pollers.process_requests(stock, poller, store), OSError)
        self.assertEqual(stored, {1: 'a2', 2: 'b'})
        refused.clear()
        self.successResultOf(pollers.process_requests(stock, poller, store))
        self.assertEqual(stored, {1: 'a2', 2: 'b2'})

    def test_subversion_goes_back_to_the_last_revision_of_which_all_changes_are_recorded(self):
        changes = [{'revision': revision, 'branch': branch}
                   for revision, branch in (('5', 'a'), ('7', 'a'), ('7', 'b'), ('8', 'a'))]
        for refused, last in ((0, 3), (1, 5), (2, 5), (3, 7)):
            poller = types.SimpleNamespace(last_change=8)

            def stock(given, refused=refused):
                return defer.fail(OSError('refused')) if given == [changes[refused]] else defer.succeed(None)
            self.failureResultOf(pollers.submit_changes(stock, poller, 3, changes), OSError)
            self.assertEqual(poller.last_change, last)

    def test_the_pollers_of_the_installed_buildbot_have_what_is_replaced(self):
        patches.install()
        for cls, name in ((GitPoller, '_process_changes'), (GitPoller, '_dovccmd'), (SVNPoller, 'submit_changes'),
                          (GitHubPullrequestPoller, '_setCurrentRev'), (BitbucketPullrequestPoller, '_setCurrentRev'),
                          (AbstractWorker, '_missing_timer_fired')):
            self.assertTrue(hasattr(vars(cls)[name], '__wrapped__'), name)
