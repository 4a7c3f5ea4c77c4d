-- name: readings_write
copy (
    select * from read_csv($csv, header = false, auto_detect = false, delim = ',', quote = '"', escape = '"',
        nullstr = '\N', allow_quoted_nulls = false, columns = {
        'source': 'INTEGER', 'device': 'INTEGER', 'id': 'VARCHAR', 'metric': 'SMALLINT', 'at': 'TIMESTAMPTZ',
        'received_at': 'TIMESTAMPTZ', 'value': 'DOUBLE'})
    order by device, metric, "at", received_at
) to $file (format parquet, compression zstd, row_group_size 30720, parquet_version v2);

-- name: signals_write
copy (
    select * replace (unhex(raw) as raw) from read_csv($csv, header = false, auto_detect = false, delim = ',', quote = '"', escape = '"',
        nullstr = '\N', allow_quoted_nulls = false, columns = {
        'device': 'INTEGER', 'id': 'VARCHAR', 'at': 'TIMESTAMPTZ', 'received_at': 'TIMESTAMPTZ', 'kind': 'SMALLINT',
        'flags': 'SMALLINT', 'conditions': 'BIGINT', 'known': 'BIGINT', 'operations': 'SMALLINT', 'text': 'VARCHAR',
        'raw': 'VARCHAR', 'claimed_at': 'TIMESTAMPTZ'})
    order by device, received_at
) to $file (format parquet, compression zstd, row_group_size 30720, parquet_version v2);

-- name: hourly_write
-- a day's roll-ups of all devices; by metric first: a question about many devices is about one of these
copy (
    select source, device, id, metric, make_timestamptz(hour::bigint * 3600000000) as "at", count, low, high, total, last
    from read_csv($csv, header = false, auto_detect = false, delim = ',', quote = '"', escape = '"',
        nullstr = '\N', allow_quoted_nulls = false, columns = {
        'hour': 'INTEGER', 'source': 'INTEGER', 'device': 'INTEGER', 'id': 'VARCHAR', 'metric': 'SMALLINT',
        'count': 'INTEGER', 'low': 'DOUBLE', 'high': 'DOUBLE', 'total': 'DOUBLE', 'last': 'DOUBLE'})
    order by metric, device, "at", source
) to $file (format parquet, compression zstd, row_group_size 122880, parquet_version v2);

-- name: hourly_merge
-- the day's file anew, with what was computed since
copy (
    with fresh as (select source, device, id, metric, make_timestamptz(hour::bigint * 3600000000) as "at", count, low, high, total, last
    from read_csv($csv, header = false, auto_detect = false, delim = ',', quote = '"', escape = '"',
        nullstr = '\N', allow_quoted_nulls = false, columns = {
        'hour': 'INTEGER', 'source': 'INTEGER', 'device': 'INTEGER', 'id': 'VARCHAR', 'metric': 'SMALLINT',
        'count': 'INTEGER', 'low': 'DOUBLE', 'high': 'DOUBLE', 'total': 'DOUBLE', 'last': 'DOUBLE'}))
    select * from fresh
    union all by name
    select f.* from read_parquet($files, hive_partitioning = false) f anti join fresh using (source, device, metric, "at")
    order by metric, device, "at", source
) to $file (format parquet, compression zstd, row_group_size 122880, parquet_version v2);

-- name: readings_keep
copy (
    select r.* from read_parquet([$old], hive_partitioning = false) r
    where exists (select 1 from (select unnest($devices::int[]) as device, unnest($begins::bigint[]) as first,
                                        unnest($ends::bigint[]) as after) b
                  where b.device = r.device and epoch_us(r."at") >= b.first and epoch_us(r."at") < b.after)
    order by device, metric, "at", received_at
) to $file (format parquet, compression zstd, row_group_size 30720, parquet_version v2);

-- name: signals_keep
copy (
    select r.* from read_parquet([$old], hive_partitioning = false) r
    where exists (select 1 from (select unnest($devices::int[]) as device, unnest($begins::bigint[]) as first,
                                        unnest($ends::bigint[]) as after) b
                  where b.device = r.device and epoch_us(r."at") >= b.first and epoch_us(r."at") < b.after)
    order by device, received_at
) to $file (format parquet, compression zstd, row_group_size 30720, parquet_version v2);

-- name: content
select count(*), epoch_us(min("at")), epoch_us(max("at")) from read_parquet([$file]);

-- name: readings
select epoch_us("at"), epoch_us(received_at), value from read_parquet($files)
where device = $device and ($metric is null or metric = $metric)
  and "at" >= make_timestamptz($begin::bigint) and "at" < make_timestamptz($end::bigint)
order by "at", received_at, metric limit $limit;

-- name: steps
select epoch_us("at") // $step * $step, min(value), max(value), avg(value), arg_max(value, ("at", received_at, metric)), count(*)
from read_parquet($files)
where device = $device and ($metric is null or metric = $metric)
  and "at" >= make_timestamptz($begin::bigint) and "at" < make_timestamptz($end::bigint)
group by 1 order by 1;

-- name: signals
select epoch_us("at"), epoch_us(received_at), kind, flags, conditions, known, operations, text, raw, epoch_us(claimed_at)
from read_parquet($files)
where device = $device and received_at < make_timestamptz($before::bigint) and received_at >= make_timestamptz($after::bigint)
order by received_at desc limit $limit;

-- name: hour
-- an hour's roll-ups from files and from what PostgreSQL has of it
select source, device, metric, count(*), min(value), max(value), sum(value), arg_max(value, ("at", received_at))
from (
    select source, device, metric, "at", received_at, value from read_parquet($files)
    where "at" >= make_timestamptz($begin::bigint) and "at" < make_timestamptz($end::bigint)
    union all
    select source, device, metric, "at", received_at, value
    from read_csv($csv, header = false, auto_detect = false, delim = ',', quote = '"', escape = '"', nullstr = '\N',
        allow_quoted_nulls = false, columns = {
        'source': 'INTEGER', 'device': 'INTEGER', 'id': 'VARCHAR', 'metric': 'SMALLINT', 'at': 'TIMESTAMPTZ',
        'received_at': 'TIMESTAMPTZ', 'value': 'DOUBLE'})
)
group by source, device, metric;

-- name: hours
-- steps of many devices from roll-ups, where those that PostgreSQL has stand for the files' own
with asked as (select unnest($sources::int[]) as source, unnest($devices::int[]) as device),
fresh as (
    select unnest($fresh_source::int[]) as source, unnest($fresh_device::int[]) as device,
           unnest($fresh_metric::smallint[]) as metric,
           make_timestamptz(unnest($fresh_hour::bigint[]) * 3600000000) as "at", unnest($fresh_count::int[]) as count,
           unnest($fresh_low::double[]) as low, unnest($fresh_high::double[]) as high,
           unnest($fresh_total::double[]) as total, unnest($fresh_last::double[]) as last
),
filed as (
    select f.source, f.device, f.metric, f."at", f.count, f.low, f.high, f.total, f.last
    from read_parquet($files) f semi join asked using (source, device)
    where f.metric in (select unnest($metrics::smallint[]))
      and f."at" >= make_timestamptz($begin::bigint) and f."at" < make_timestamptz($end::bigint)
)
select device, metric, epoch_us("at") // $step * $step, min(low), max(high), sum(total) / sum(count), arg_max(last, ("at", -source)),
       sum(count)::bigint
from (select * from filed anti join fresh using (source, device, metric, "at") union all select * from fresh)
group by 1, 2, 3 order by 1, 2, 3;

-- name: day
-- a day's roll-ups of a block of devices from its hours
with fresh as (
    select unnest($fresh_source::int[]) as source, unnest($fresh_device::int[]) as device,
           unnest($fresh_metric::smallint[]) as metric,
           make_timestamptz(unnest($fresh_hour::bigint[]) * 3600000000) as "at", unnest($fresh_count::int[]) as count,
           unnest($fresh_low::double[]) as low, unnest($fresh_high::double[]) as high,
           unnest($fresh_total::double[]) as total, unnest($fresh_last::double[]) as last
),
filed as (
    select f.source, f.device, f.metric, f."at", f.count, f.low, f.high, f.total, f.last from read_parquet($files) f
    where f.source >= $first and f.source < $after
      and f."at" >= make_timestamptz($begin::bigint) and f."at" < make_timestamptz($end::bigint)
)
select source, device, metric, sum(count)::bigint, min(low), max(high), sum(total), arg_max(last, "at")
from (select * from filed anti join fresh using (source, device, metric, "at") union all select * from fresh)
group by source, device, metric;

-- name: fleet
-- one metric of many devices: by hour and by device; the extreme that is looked for with who and when
with asked as (select unnest($devices::int[]) as device)
select epoch_us("at"), device, max(high), min(low), {arg}(device, {column}), epoch_us({arg}("at", {column})), sum(total),
       sum(count)::bigint
from read_parquet($files) f semi join asked using (device)
where metric = $metric and "at" >= make_timestamptz($begin::bigint) and "at" < make_timestamptz($end::bigint)
group by grouping sets (("at"), (device));

-- name: fleet_mended
-- the same where PostgreSQL has some of it anew
with asked as (select unnest($devices::int[]) as device),
fresh as (
    select unnest($fresh_source::int[]) as source, unnest($fresh_device::int[]) as device,
           unnest($fresh_metric::smallint[]) as metric,
           make_timestamptz(unnest($fresh_hour::bigint[]) * 3600000000) as "at", unnest($fresh_count::int[]) as count,
           unnest($fresh_low::double[]) as low, unnest($fresh_high::double[]) as high,
           unnest($fresh_total::double[]) as total, unnest($fresh_last::double[]) as last
),
filed as (
    select f.source, f.device, f.metric, f."at", f.count, f.low, f.high, f.total
    from read_parquet($files) f semi join asked using (device)
    where f.metric = $metric and f."at" >= make_timestamptz($begin::bigint) and f."at" < make_timestamptz($end::bigint)
)
select epoch_us("at"), device, max(high), min(low), {arg}(device, {column}), epoch_us({arg}("at", {column})), sum(total),
       sum(count)::bigint
from (select * from filed anti join fresh using (source, device, metric, "at")
      union all select source, device, metric, "at", count, low, high, total from fresh)
group by grouping sets (("at"), (device));
