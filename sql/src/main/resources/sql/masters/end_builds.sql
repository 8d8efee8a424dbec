-- Housekeeping (I5): ends the master's running builds as RETRY (5), with their steps and logs, and cancels the
-- buildrequests that they waited for. The caller holds the master's row for update and has run masters/release_claims.
select brid from quorate.end_builds(:masterid, :leader_epoch, :actor, :why) as brid
