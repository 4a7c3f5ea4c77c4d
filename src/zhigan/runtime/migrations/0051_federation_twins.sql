-- federation: a device that reaches us by a way of its own and through a platform below is one device. What is known of
-- such pairs, and how far a joined row's own lines were told below.

-- `there`: the copy (by the id it was born with); `here`: the device on our own books. one: they are the same; perhaps:
-- somebody has to say; apart: somebody has said that they are not.
create table federation.twin (
    lower    uuid not null references federation.lower (id),
    there    uuid not null,
    here     uuid not null,
    state    text not null check (state in ('one', 'perhaps', 'apart')),
    why      text not null,                 -- serial, imei, maker, unit, type, short, several, person
    said_by  text not null default '',      -- empty: found by itself
    at       timestamptz not null,
    primary key (there, here)
);
create unique index twin_one on federation.twin (there) where state = 'one';
create index twin_here on federation.twin (here) where state = 'one';
create index twin_page on federation.twin (lower, state, there, here);
alter table federation.twin enable row level security;
create policy whole on federation.twin for select to zhigan_person using ((select access.whole()));

alter table federation.link add column said_own integer not null default 0;
