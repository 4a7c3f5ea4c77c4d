-- registry: can a contact be reached? When somebody last proved it, until when the next proof is due (90 days, counted
-- from entry where there was none), when he was asked for it, and whether his number is dead.

alter table registry.contact
    add column number text not null generated always as (access.number(phone)) stored,
    add column verified_at  timestamptz,
    add column verified_by  text not null default '',     -- who said so at the desk; empty: he proved it himself
    add column verified_how text not null default '' check (verified_how in ('', 'desk', 'key', 'link')),
    add column proof_due_at timestamptz,
    add column asked_at     timestamptz,                  -- the platform asked him for the proof that is due
    add column unproven_at  timestamptz,                  -- he was asked, and the time passed
    add column dead_at      timestamptz,
    add column dead_why     text not null default '';     -- the provider and its code
update registry.contact set proof_due_at = created_at + interval '90 days';
alter table registry.contact alter column proof_due_at set not null;

create index contact_number on registry.contact (number) where number <> '';
create index contact_due on registry.contact (proof_due_at, id) where dead_at is null and unproven_at is null;
create index contact_bad on registry.contact (unit_id) where dead_at is not null or unproven_at is not null;
