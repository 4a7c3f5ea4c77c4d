-- A draft that a district's own people wrote: for which districts. Empty: the city's. Other districts do not see it.
alter table alarms.policy add column areas text[] not null default '{}';

drop policy everyone_reads on alarms.policy;
create policy everyone_reads on alarms.policy for select using (
    state <> 'draft' or areas = '{}'
    or exists (select from unnest(areas) as own (area) where access.visible(own.area, '', '', '', '', '', '', ''))
);
