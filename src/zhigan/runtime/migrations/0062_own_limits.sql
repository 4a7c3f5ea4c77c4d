-- Limits of one place's own, beside or instead of the policy's: a circuit's rating, what somebody has set for it. `place`
-- is the first device that stood there, so that whoever replaces it has them at once; `limits` are vocabulary.limits.
create table registry.own_limit (
    place   integer primary key references registry.device (number),
    limits  text not null check (limits <> '')
);
alter table registry.own_limit enable row level security;
