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
