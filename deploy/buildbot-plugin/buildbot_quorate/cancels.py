"""Keeps a stop or a cancel that a person sent through Buildbot's pages or REST interface.

Stock sends it as an event only. If the master that builds dies before it has stopped the build, the event is lost and
the buildrequest is built again. So the wish is noted in the database too, as ``quorate cancel`` does: a buildrequest
that loses its claim is completed as cancelled then. A trigger takes the note, which is a property of its buildset.
"""

import json

import sqlalchemy as sa
from twisted.python import log

PROPERTY = 'quorate.cancel'

OF_BUILD = 'select b.buildrequestid from builds b where b.id = :id and b.complete_at is null'
NOTE = """
    insert into buildset_properties (buildsetid, property_name, property_value)
    select r.buildsetid, :property, :note from buildrequests r where r.id = :brid and r.complete = 0"""


def is_wish(key):
    """Returns whether this is the routing key of a stop of a build or a cancel of a buildrequest."""
    return len(key) == 4 and key[0] == 'control' and (key[1], key[3]) in (
        ('builds', 'stop'), ('buildrequests', 'cancel'))


def note(master, key, message):
    """Notes the wish in the database. Returns a Deferred that never fails."""
    why = (message or {}).get('reason') or 'stopped in Buildbot'
    d = master.db.pool.do(write, key[1], int(key[2]), str(why))
    return d.addErrback(log.err, f'quorate: {" ".join(key[1:])} is lost if the master that builds dies now')


def write(connection, kind, number, why):
    with connection.begin():
        brid = number
        if kind == 'builds':
            brid = connection.execute(sa.text(OF_BUILD), {'id': number}).scalar()
        if brid is not None:
            value = json.dumps({'brid': brid, 'why': why})
            connection.execute(sa.text(NOTE), {'property': PROPERTY, 'note': value, 'brid': brid})
