-- The server's own settings that Quorate's guarantees depend on. No lock.
select current_setting('server_version') as version, current_setting('server_version_num')::integer as version_number,
       pg_is_in_recovery() as standby, current_setting('fsync') as fsync,
       current_setting('synchronous_commit') as synchronous_commit,
       current_setting('full_page_writes') as full_page_writes,
       (pg_notification_queue_usage() * 100)::integer as notify_percent
