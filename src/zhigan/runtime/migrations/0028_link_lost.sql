-- registry: how long the silence of a stand-alone detector may last before it is work (GB/T 45839, 5.5.2; decision 0013).

-- 0: the class is not bounded. The platform writes its setting here when it starts (ZHIGAN_LINK_LOST_HOURS).
alter table registry.device_class add column most_s integer not null default 0;
update registry.device_class set most_s = 86400 where name in ('nb_battery', 'nb_gas', 'hub_node');

-- Who reports once a day cannot be told lost within the day: two hours behind its report it can.
create function registry.bounded(patience_ integer, period_ integer, most_ integer) returns integer
    language sql immutable
    as $$ select case when most_ = 0 then patience_ else least(patience_, greatest(most_, period_ + 7200)) end $$;

create or replace function registry.patience(class_ text, state_ text, unit_class smallint) returns integer
    language sql stable
    as $$
        select case when state_ in ('installed', 'commissioned', 'in_service', 'discovered')
            then coalesce((select registry.bounded(case when unit_class = 1 then c.offline_s1_s else c.offline_s end,
                                                   c.period_s, c.most_s)
                           from registry.device_class c where c.name = class_), 0)
            else 0 end
    $$;

create or replace function registry.patience_of(class_ text, model_ text, state_ text, unit_class smallint)
    returns integer
    language sql stable
    as $$
        select coalesce(
            (select case when state_ not in ('installed', 'commissioned', 'in_service', 'discovered') then 0
                         when m.period_s > 0 then registry.bounded(
                             m.period_s * case when unit_class = 1 then 3 else 4 end / 2, m.period_s, c.most_s)
                         else registry.bounded(case when unit_class = 1 then c.offline_s1_s else c.offline_s end,
                                               c.period_s, c.most_s) end
             from registry.device_model m join registry.device_class c on c.name = m.class
             where m.name = model_ and model_ <> '' and class_ <> 'component'),
            registry.patience(class_, state_, unit_class))
    $$;

update registry.device_now n set patience = registry.patience_of(d.class, d.model, d.state, u.class)
from registry.device d left join registry.unit u on u.id = d.unit_id
where n.number = d.number and d.class <> 'component'
  and n.patience is distinct from registry.patience_of(d.class, d.model, d.state, u.class);
