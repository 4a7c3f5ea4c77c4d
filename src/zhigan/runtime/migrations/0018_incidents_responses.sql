-- incidents: what people on site answer. Each answer is also a line of the timeline; here it can be asked for.

create table incidents.response (
  id uuid primary key,
  incident uuid not null,
  at timestamptz not null,
  -- When it was said, where a phone without a network could tell only later.
  said_at timestamptz not null,
  account text not null,
  who text not null,
  role text not null,
  kind text not null check (kind in ('acknowledged', 'on_the_way', 'arrived', 'fire', 'no_fire', 'not_there')),
  cause text,
  note text not null default '',
  key text not null
);
-- Said once: the asker's own key makes a repeat over a bad line the same answer.
create unique index response_key on incidents.response (incident, account, key) where key <> '';
create index response_incident on incidents.response (incident, at, id);
alter table incidents.response enable row level security;
create policy follow on incidents.response for select to zhigan_person
  using (exists (select 1 from incidents.incident i where i.id = incident));
grant select on incidents.response to zhigan_person;
