-- electrical: the site's word that power is back, closed by a hand at the breaker; and which cuts wait for a proof.

create table electrical.reclosed (
    id          uuid primary key,
    circuit     uuid not null references electrical.circuit (id) on delete cascade,
    command     uuid not null unique,
    at          timestamptz not null,
    words       text not null check (words <> ''),
    sha256      bytea check (length(sha256) = 32),
    file_type   text not null default '',
    recorded_at timestamptz not null,
    recorded_by text not null,
    account     uuid
);
create index reclosed_circuit on electrical.reclosed (circuit, at desc);
alter table electrical.reclosed enable row level security;
create policy follow on electrical.reclosed for select to zhigan_person
    using (exists (select from electrical.circuit c where c.id = circuit));
grant select on electrical.reclosed to zhigan_person;

-- Also what no current can prove ends: by the breaker's own word, or unconfirmed.
drop index commands.command_to_prove;
create index command_to_prove on commands.command (changed_at) where command = 'cut_power' and state = 'acknowledged';
