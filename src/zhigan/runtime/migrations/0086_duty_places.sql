-- What a phone's answer to a duty check is worth: how old its fix was, how far from the unit, when it was said.
alter table dutycheck.asked
    add column said_at timestamptz,            -- by the phone's own clock: without a network it is sent later
    add column fix_age_s integer,
    add column distance_m integer,
    add column doubts text[] not null default '{}' check (doubts <@ array['old', 'far']);
