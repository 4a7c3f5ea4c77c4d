-- federation: what goes down. How far a copy's own lines were told below; commands of the platform above, carried out here.

alter table federation.link add column said integer not null default 0;

-- `there`: the command's id above; `here`: ours, none where it was refused.
create table federation.order (
    upper  uuid not null references federation.upper (id),
    there  uuid not null,
    here   uuid unique,
    state  text not null,
    detail text not null default '',
    primary key (upper, there)
);
alter table federation.order enable row level security;
create policy whole on federation.order for select to zhigan_person using ((select access.whole()));
