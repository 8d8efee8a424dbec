package org.quorate.master;

/** Everything that agents ask of the masters' rows in the database. Each caller takes only the part that it needs. */
public interface Masters extends Registrations, Failovers, MasterRows {}
