-- What is kept and for how long (等保三级: at least six months), passwords by policy, a first password that must be changed.

alter table access.setting
    add column password_history integer not null default 0 check (password_history between 0 and 12),
    add column password_days    integer not null default 0 check (password_days = 0 or password_days between 30 and 365),
    add column attempts         integer not null default 5 check (attempts between 3 and 10),
    add column lock_seconds     integer not null default 60 check (lock_seconds between 60 and 3600),
    add column audit_days       integer not null default 1095 check (audit_days >= 180),
    add column event_days       integer not null default 1095 check (event_days >= 180),
    add column log_days         integer not null default 400 check (log_days >= 180);

-- `must_change`: the password was chosen by somebody else; nothing opens but the page that changes it.
alter table access.account
    add column must_change boolean not null default false,
    add column password_at timestamptz;
update access.account set password_at = changed_at;

create table access.password_past (
    account uuid not null references access.account (id) on delete cascade,
    at      timestamptz not null,
    hash    text not null,
    primary key (account, at)
);
alter table access.password_past enable row level security;

-- The audit trail stays append-only; retention alone takes what is older than its time, and never what is younger than
-- half a year. The instant is an argument, as everywhere.
create or replace function access.append_only() returns trigger
    language plpgsql
    as $$
    begin
        if tg_op = 'DELETE' and tg_level = 'ROW'
           and old.at < nullif(current_setting('zhigan.retention', true), '')::timestamptz then
            return old;
        end if;
        raise exception 'the audit trail is append-only';
    end $$;

create function access.forget_audit(before timestamptz, at timestamptz) returns bigint
    language plpgsql volatile
    as $$
    declare
        gone bigint;
    begin
        if before > at - interval '180 days' then
            raise exception 'the audit trail is kept for 180 days at least';
        end if;
        perform set_config('zhigan.retention', before::text, true);
        delete from access.audit a where a.at < before;
        get diagnostics gone = row_count;
        perform set_config('zhigan.retention', '', true);
        return gone;
    end $$;
revoke execute on function access.forget_audit(timestamptz, timestamptz) from public;
