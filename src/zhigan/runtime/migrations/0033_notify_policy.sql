-- notify: the escalation table as it is changed in the console, each person's own order of ways, the daily digest.

create table notify.escalation (
  version integer primary key check (version > 1),   -- version 1 is the one that comes with the platform
  rows jsonb not null,
  note text not null,
  at timestamptz not null,
  by text not null
);
alter table notify.escalation enable row level security;

-- What a person chose: which way first, which not at yellow and blue, the digest's minute of the day (null: none).
create table notify.preference (
  account uuid primary key,
  ways text[] not null,
  off text[] not null,
  digest_minute integer check (digest_minute between 0 and 1439),
  changed_at timestamptz not null
);
alter table notify.preference enable row level security;

-- One a day and person, also where there was nothing to say.
create table notify.digest (
  account uuid not null,
  day date not null,
  at timestamptz not null,
  tasks integer not null,
  primary key (account, day)
);
alter table notify.digest enable row level security;

alter table notify.notification drop constraint notification_purpose_check;
alter table notify.notification add constraint notification_purpose_check
  check (purpose in ('alarm', 'status', 'cleared', 'digest'));
