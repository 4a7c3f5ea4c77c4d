-- history: what carriers stamped, by its durable key, so that the same push is counted once however often it comes.
create table history.stamp (
    key         bigint      primary key,
    received_on integer     not null    -- days since 1970 UTC
);
create index stamp_received on history.stamp using brin (received_on);
alter table history.stamp enable row level security;

-- registry: models of devices, as the folders of the protocols describe them; written anew at every start.
create table registry.device_model (
    name        text primary key,
    zh          text not null,
    en          text not null,
    type        text not null,
    class       text not null references registry.device_class (name),
    period_s    integer not null default 0 check (period_s >= 0)    -- 0: as its class
);
grant select on registry.device_model to zhigan_person;

-- A device of a known model is silent when its model says so: twice its own period, one and a half at the most vulnerable.
create function registry.patience_of(class_ text, model_ text, state_ text, unit_class smallint) returns integer
    language sql stable
    as $$
        select coalesce(
            (select case when state_ not in ('installed', 'commissioned', 'in_service', 'discovered') then 0
                         when m.period_s > 0 then m.period_s * case when unit_class = 1 then 3 else 4 end / 2
                         when unit_class = 1 then c.offline_s1_s else c.offline_s end
             from registry.device_model m join registry.device_class c on c.name = m.class
             where m.name = model_ and model_ <> '' and class_ <> 'component'),
            registry.patience(class_, state_, unit_class))
    $$;

create or replace function registry.keep_now() returns trigger
    language plpgsql
    as $$
    begin
        insert into registry.device_now (number, patience)
        select d.number, registry.patience_of(d.class, d.model, d.state, u.class)
        from changed d left join registry.unit u on u.id = d.unit_id
        on conflict (number) do update set patience = excluded.patience
            where registry.device_now.patience <> excluded.patience;
        return null;
    end $$;

create or replace function registry.unit_patience() returns trigger
    language plpgsql
    as $$
    begin
        update registry.device_now n set patience = registry.patience_of(d.class, d.model, d.state, new.class)
        from registry.device d where d.unit_id = new.id and n.number = d.number and d.class <> 'component';
        return null;
    end $$;
