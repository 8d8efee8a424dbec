"""A build's properties in one transaction: stock writes each in one of its own, eleven for a build that does nothing."""

import json

import sqlalchemy as sa
from twisted.internet import defer

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
    written = properties.__dict__.setdefault(WRITTEN, {})
    rows = {name: (json.dumps(value), source) for name, (value, source) in rendered.items()}
    rows = {name: row for name, row in rows.items() if written.get(name) != row}
    if not rows:
        return
    changed = yield master.db.pool.do(write, master.db.builds, buildid, rows)
    written.update(rows)
    if changed:
        yield master.data.rtypes.property.generateUpdateEvent(buildid, {name: rendered[name] for name in changed})


def is_plain(value):
    """Whether rendering gives the same again; it costs dozens of Deferreds for a build."""
    if isinstance(value, (list, tuple)):
        return all(is_plain(part) for part in value)
    return value is None or type(value) in (str, int, float, bool)


def write(connection, builds, buildid, rows):
    """On a thread of the database pool; may be done twice. Returns the names of those that were new or other."""
    table = builds.db.model.build_properties
    of_build = table.c.buildid == buildid
    for name, (_, source) in rows.items():
        builds.checkLength(table.c.name, name)
        builds.checkLength(table.c.source, source)
    with connection.begin():
        there = {row.name: (row.value, row.source) for row in connection.execute(table.select().where(of_build))}
        new = []
        for name, (value, source) in rows.items():
            row = {'value': value, 'source': source}
            if name not in there:
                new.append({'buildid': buildid, 'name': name, **row})
            elif there[name] != (value, source):
                connection.execute(table.update().where(sa.and_(of_build, table.c.name == name)).values(**row))
        if new:
            connection.execute(table.insert(), new)
    return [name for name, row in rows.items() if there.get(name) != row]
