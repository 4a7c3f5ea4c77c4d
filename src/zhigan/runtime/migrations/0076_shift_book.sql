-- desks/shifts: 值班日志, 交接班, 录音. A desk's book: hash-chained lines, never changed; what is wrong gets a line that says so.

create table shifts.line (
    desk      uuid not null references shifts.desk (id),
    seq       integer not null,
    at        timestamptz not null,
    account   uuid not null,
    who       text not null,
    what      text not null check (what in ('left', 'taken', 'noted', 'corrected')),
    detail    text not null,                   -- JSON, as it was hashed
    prev_hash bytea not null,
    hash      bytea not null,
    primary key (desk, seq)
);
create index line_at on shifts.line (desk, at desc);
create function shifts.refuse_change() returns trigger language plpgsql
    as $$ begin raise exception 'a desk''s book is append-only'; end $$;
create trigger append_only before update or delete on shifts.line
    for each row execute function shifts.refuse_change();

-- Recordings of calls and speech lie elsewhere: here is where, and until when they are kept.
create table shifts.recording (
    id         uuid primary key,
    desk       uuid not null references shifts.desk (id),
    kind       text not null check (kind in ('call', 'speech', 'video')),
    at         timestamptz not null,
    reference  text not null,                  -- the recorder's id, or an address
    sha256     text not null default '',
    incident   uuid,
    note       text not null default '',
    keep_until timestamptz not null,
    made_at    timestamptz not null,
    made_by    text not null,
    check (keep_until >= at + interval '180 days')  -- the net; six months to the day are the room's to ask for
);
create index recording_desk on shifts.recording (desk, at desc, id desc);

do $$
declare each text;
begin
    foreach each in array array['shifts.line', 'shifts.recording'] loop
        execute format('alter table %s enable row level security', each);
        execute format('create policy follow on %s for select to zhigan_person '
                       'using (exists (select from shifts.desk d where d.id = desk))', each);
        execute format('grant select on %s to zhigan_person', each);
    end loop;
end $$;
