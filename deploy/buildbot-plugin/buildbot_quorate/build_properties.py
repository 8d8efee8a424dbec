"""A build's properties in one transaction: stock writes each in one of its own, eleven for a build that does nothing."""

import json

import sqlalchemy as sa
from twisted.internet import defer

from buildbot_quorate import db_pool

WRITTEN = '_quorate_written'  # attribute of a build's Properties: name → its value as JSON, and its source, as the database has them


@defer.inlineCallbacks
def set_build_properties(master, buildid, build):
    """What stock's update method of this name does: writes those that are new or changed, and says which.

    What this master wrote before it does not read again: no other writes the properties of its build.
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
    if not rows:
        return
    changed = yield master.db.pool.do(write_changed, master.db.builds, buildid, rows, first)
    written.update(rows)
    if changed:
        yield master.data.rtypes.property.generateUpdateEvent(buildid, {name: rendered[name] for name in changed})


def is_plain(value):
    """Whether rendering gives the same again; it costs dozens of Deferreds for a build."""
    if isinstance(value, (list, tuple)):
        return all(is_plain(part) for part in value)
    return value is None or type(value) in (str, int, float, bool)


def write_changed(connection, builds, buildid, rows, first):
    """On a thread of the database pool; may be done twice. Returns the names of those that were new or other.

    ``first``: not empty where nobody can have written any of this build's yet, which holds for one try only.
    """
    table = builds.db.model.build_properties
    of_build = table.c.buildid == buildid
    for name, (_, source) in rows.items():
        builds.checkLength(table.c.name, name)
        builds.checkLength(table.c.source, source)
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
    connection.execute(
        table.insert(), [{'buildid': buildid, 'name': name, 'value': value, 'source': source} for name, (value, source) in rows.items()])
