-- Drafts of the policy: from which version, what for, who wrote in them. Whoever wrote in a draft never activates it.
alter table alarms.policy
    add column based_on   integer references alarms.policy (version),
    add column note       text        not null default '',
    add column revision   integer     not null default 1,  -- of the document of a draft: two who edit do not overwrite each other
    add column editors    text[]      not null default '{}',
    add column changed_at timestamptz,
    add column changed_by text        not null default '',
    add column retired_at timestamptz;
