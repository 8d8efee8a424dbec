"""A build's properties in one transaction: stock writes each in one of its own, eleven for a build that does nothing."""

import json

import sqlalchemy as sa
from twisted.internet import defer


@defer.inlineCallbacks
def set_build_properties(master, buildid, properties):
    """What stock's update method of this name does: writes those that are new or changed, and says which."""
    before = yield master.data.get(('builds', str(buildid), 'properties'))
    properties = properties.getProperties()
    rendered = yield properties.render(properties.asDict())
    changed = {name: value for name, value in rendered.items() if before.get(name) != value}
    if changed:
        yield master.db.pool.do(write, master.db.builds, buildid, changed)
        yield master.data.rtypes.property.generateUpdateEvent(buildid, changed)


def write(connection, builds, buildid, properties):
    """On a thread of the database pool. May be done twice."""
    table = builds.db.model.build_properties
    of_build = table.c.buildid == buildid
    for name, (_, source) in properties.items():
        builds.checkLength(table.c.name, name)
        builds.checkLength(table.c.source, source)
    with connection.begin():
        there = {row.name for row in connection.execute(table.select().where(of_build))}
        new = []
        for name, (value, source) in properties.items():
            row = {'value': json.dumps(value), 'source': source}
            if name in there:
                connection.execute(table.update().where(sa.and_(of_build, table.c.name == name)).values(**row))
            else:
                new.append({'buildid': buildid, 'name': name, **row})
        if new:
            connection.execute(table.insert(), new)
