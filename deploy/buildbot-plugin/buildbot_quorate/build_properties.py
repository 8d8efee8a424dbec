"""Writes a build's properties in one transaction. Stock needs one for each: eleven for a build that does nothing."""

import json

import sqlalchemy as sa
from buildbot.process.results import EXCEPTION
from buildbot.process.results import worst_status
from twisted.internet import defer
from twisted.python import log

from buildbot_quorate import db_pool

# attribute of a build's Properties: name → (value as JSON, source), as this master wrote them into the database
WRITTEN = '_quorate_written'


@defer.inlineCallbacks
def set_build_properties(master, buildid, build):
    """Replaces stock's update method of this name (buildbot/data/properties.py): writes new and changed properties.

    Produces one event for all of them. Properties that this master wrote before are not read again: no other master
    writes the properties of its build.
    """
    properties = build.getProperties()
    rendered = properties.asDict()
    unfinished = {name: value for name, value in rendered.items() if not is_plain(value)}
    if unfinished:
        rendered.update((yield properties.render(unfinished)))
    first = [] if hasattr(properties, WRITTEN) else [True]
    written = properties.__dict__.setdefault(WRITTEN, {})
    rows = {name: (json.dumps(value), source) for name, (value, source) in rendered.items()}
    rows = {name: row for name, row in rows.items() if written.get(name) != row}
    for name in too_long(master.db.builds.db.model.build_properties, rows):
        refuse(build, name, rows[name][1])
        written[name] = rows.pop(name)
    if not rows:
        return
    changed = yield master.db.pool.do(write_changed, master.db.builds, buildid, rows, first)
    written.update(rows)
    if changed:
        yield master.data.rtypes.property.generateUpdateEvent(buildid, {name: rendered[name] for name in changed})


def too_long(table, rows):
    """Returns the names of the rows whose name or source does not fit its column."""
    columns = table.c.name.type.length, table.c.source.type.length
    return [name for name, (_, source) in rows.items() if len(name) > columns[0] or len(source) > columns[1]]


def refuse(build, name, source):
    """Makes the build end as an exception that names the property, which is not stored.

    The error of stock would leave the build without an end: it is raised where nobody ends the build.
    """
    what = 'the name' if len(name) > len(source) else f'the source {source[:40]!r}…'
    sentence = f'property {name[:40]!r} is not stored: {what} is longer than its column in the database'
    log.msg(f'quorate: {build}: {sentence}')
    build.results = worst_status(build.results, EXCEPTION)
    build.text.append(sentence)


def is_plain(value):
    """Returns whether rendering would leave the value unchanged: it costs dozens of Deferreds for a build."""
    if isinstance(value, (list, tuple)):
        return all(is_plain(part) for part in value)
    return value is None or type(value) in (str, int, float, bool)


def write_changed(connection, builds, buildid, rows, first):
    """Writes the rows on a thread of the database pool, and returns the names of those that were new or changed.

    Repeating it is harmless.

    ``rows``: ``{name: (value as JSON, source)}``. ``first``: a list that is not empty if no property of this build can
    be in the database yet. The first try empties it, so that a second try, after an unknown outcome, reads the rows.
    """
    table = builds.db.model.build_properties
    of_build = table.c.buildid == buildid
    if first:
        first.clear()
        db_pool.autocommitted(insert_autocommitted, connection, table, buildid, rows)
        return list(rows)
    with connection.begin():
        there = {row.name: (row.value, row.source) for row in connection.execute(table.select().where(of_build))}
        new = {}
        for name, (value, source) in rows.items():
            if name not in there:
                new[name] = value, source
            elif there[name] != (value, source):
                update = table.update().where(sa.and_(of_build, table.c.name == name))
                connection.execute(update.values(value=value, source=source))
        if new:
            insert(connection, table, buildid, new)
    return [name for name, row in rows.items() if there.get(name) != row]


def insert_autocommitted(connection, *args):
    with connection.begin():
        insert(connection, *args)


def insert(connection, table, buildid, rows):
    connection.execute(table.insert(), [
        {'buildid': buildid, 'name': name, 'value': value, 'source': source} for name, (value, source) in rows.items()])
