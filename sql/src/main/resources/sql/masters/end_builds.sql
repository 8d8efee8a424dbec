-- Housekeeping (I5): the master's running builds become RETRY (5), with their steps and logs; what they waited for is cancelled. The
-- caller holds the master's row for update and has run masters/release_claims.
select brid from quorate.end_builds(:masterid, :leader_epoch, :actor, :why) as brid
