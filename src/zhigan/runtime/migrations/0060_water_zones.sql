-- The supply zone of a hydrant (供水分区): pressure lost over a zone is one event of the network, told to 119 as water
-- status.

alter table registry.hydrant add column zone text not null default '';

alter table dispatch.hand_over drop constraint hand_over_act_check;
alter table dispatch.hand_over add constraint hand_over_act_check
    check (act in ('alert', 'update', 'cancel', 'exercise', 'water'));
