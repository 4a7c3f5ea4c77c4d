-- electrical: circuits of buildings with what measures and what opens them, the owner's consent to a remote cut; and
-- what an order to cut needs beside other commands: a countdown, a circuit, a proof by measurement.

create schema electrical;
grant usage on schema electrical to zhigan_person;

-- `breaker` and `place` (below) name the first device that stood there (registry.device.number): whoever replaces it
-- is the circuit's at once.
create table electrical.circuit (
    id          uuid primary key,
    unit_id     uuid not null references registry.unit (id),
    building_id uuid references registry.building (id),
    code        text not null check (code <> ''),
    name        text not null check (name <> ''),
    panel       text not null default '',       -- the distribution board (配电箱)
    place       text not null default '',
    phases      smallint not null check (phases in (1, 3)),
    rating_a    double precision check (rating_a > 0),
    load_class  text not null check (load_class in ('first', 'second', 'third')),
    feeds       text[] not null,                -- what hangs on it
    panel_cuts  boolean not null,               -- in a fire the fire alarm panel cuts it (非消防电源)
    breaker     integer unique references registry.device (number),
    created_at  timestamptz not null,
    changed_at  timestamptz not null,
    unique (unit_id, code)
);
create index circuit_building on electrical.circuit (building_id) where building_id is not null;
alter table electrical.circuit enable row level security;
create policy follow on electrical.circuit for select to zhigan_person
    using (exists (select from registry.unit u where u.id = unit_id));
grant select on electrical.circuit to zhigan_person;

create table electrical.channel (
    circuit     uuid not null references electrical.circuit (id) on delete cascade,
    metric      smallint not null,
    phase       text not null check (phase in ('', 'a', 'b', 'c', 'n')),
    place       integer not null references registry.device (number),
    primary key (circuit, metric, phase)
);
create index channel_place on electrical.channel (place);
alter table electrical.channel enable row level security;
create policy follow on electrical.channel for select to zhigan_person
    using (exists (select from electrical.circuit c where c.id = circuit));
grant select on electrical.channel to zhigan_person;

-- The owner's written consent: its words or its file. It is revoked, never changed and never deleted.
create table electrical.consent (
    id          uuid primary key,
    circuit     uuid not null references electrical.circuit (id) on delete cascade,
    given_by    text not null check (given_by <> ''),
    signed_on   date not null,
    starts_at   timestamptz not null,
    ends_at     timestamptz not null check (ends_at > starts_at),
    words       text not null default '',
    sha256      bytea check (length(sha256) = 32),
    file_name   text not null default '',
    file_type   text not null default '',
    recorded_at timestamptz not null,
    recorded_by text not null,
    account     uuid,
    revoked_at  timestamptz,
    revoked_by  text not null default '',
    revoked_why text not null default '',
    check (words <> '' or sha256 is not null)
);
create index consent_circuit on electrical.consent (circuit, ends_at desc);
alter table electrical.consent enable row level security;
create policy follow on electrical.consent for select to zhigan_person
    using (exists (select from electrical.circuit c where c.id = circuit));
grant select on electrical.consent to zhigan_person;

-- An approved cut is held until its countdown is over and it was judged once more. `measured`: the circuit's current is
-- measured, so that a device's "done" alone proves nothing.
alter table commands.command add column due_at timestamptz;
alter table commands.command add column held boolean not null default false;
alter table commands.command add column circuit uuid;
alter table commands.command add column measured boolean not null default false;
create index command_held on commands.command (due_at) where held and state = 'pending';
create index command_to_prove on commands.command (changed_at) where measured and state = 'acknowledged';
create index command_circuit on commands.command (circuit, requested_at desc, id desc) where circuit is not null;
