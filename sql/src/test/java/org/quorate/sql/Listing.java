package org.quorate.sql;

import java.sql.SQLException;
import java.util.List;
import javax.sql.DataSource;

/** All that a database consists of, one line an object, as its catalogue tells it. */
final class Listing {
    private static final String EVERYTHING = """
            with theirs as (
              select n.oid, n.nspname from pg_namespace n where n.nspname !~ '^pg_' and n.nspname <> 'information_schema')
            select 'schema ' || n.nspname from theirs n
            union all
            select format('relation %s.%s %s %s', n.nspname, c.relname, c.relkind, c.reloptions)
              from pg_class c join theirs n on n.oid = c.relnamespace
            union all
            select format('column %s.%s %s %s not null %s default %s', n.nspname, c.relname, a.attname,
                          format_type(a.atttypid, a.atttypmod), a.attnotnull, pg_get_expr(d.adbin, d.adrelid))
              from pg_attribute a join pg_class c on c.oid = a.attrelid join theirs n on n.oid = c.relnamespace
              left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
             where a.attnum > 0
            union all
            select format('constraint %s.%s %s %s', n.nspname, c.relname, k.conname, pg_get_constraintdef(k.oid))
              from pg_constraint k join pg_class c on c.oid = k.conrelid join theirs n on n.oid = c.relnamespace
            union all
            select format('index %s valid %s', pg_get_indexdef(i.indexrelid), i.indisvalid)
              from pg_index i join pg_class c on c.oid = i.indexrelid join theirs n on n.oid = c.relnamespace
            union all
            select format('trigger %s %s', pg_get_triggerdef(t.oid), t.tgenabled)
              from pg_trigger t join pg_class c on c.oid = t.tgrelid join theirs n on n.oid = c.relnamespace
             where not t.tgisinternal
            union all
            select format('function %s %s', p.oid::regprocedure, md5(p.prosrc))
              from pg_proc p join theirs n on n.oid = p.pronamespace
            union all
            select format('type %s.%s', n.nspname, t.typname) from pg_type t join theirs n on n.oid = t.typnamespace
             order by 1
            """;

    private Listing() {}

    static List<String> of(DataSource database) throws SQLException {
        return Server.texts(database, EVERYTHING);
    }
}
