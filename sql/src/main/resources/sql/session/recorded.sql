-- Puts the identity that the database records into the setting quorate.recorded of the new session, for session/open;
-- '' if there is none, or if the role may not read it. A query that named the table would fail where there is none.
-- Locks nothing.
do $$
begin
  perform set_config('quorate.recorded', '', false);
  if to_regclass('quorate.cluster') is not null then
    perform set_config('quorate.recorded', row_to_json(c)::text, false) from quorate.cluster c;
  end if;
exception when insufficient_privilege then
  null;
end $$
