-- incidents: rows of grades III and IV have somebody who answers for them, and a time; work is accepted by another person.

alter table incidents.incident drop constraint incident_state_check;
alter table incidents.incident add constraint incident_state_check
  check (state in ('open', 'verifying', 'confirmed', 'dispatched', 'responding', 'done', 'closed'));
alter table incidents.incident
  -- What somebody has agreed: 'account:ID', 'organisation:ID', 'unit:CODE'. Empty: the unit's maintenance firm, else the unit.
  add column owner text not null default '',
  add column owner_name text not null default '',
  -- What somebody has agreed, or the law asks. Null: by the table of escalation.
  add column due_at timestamptz,
  -- Which agreed time was told of as passed: told once, and again for another time.
  add column late_at timestamptz;

-- What is agreed and may be late.
create index incident_due on incidents.incident (due_at)
  where due_at is not null and state in ('open', 'verifying') and merged_into is null;
create index incident_owner on incidents.incident (owner) where owner <> '' and state <> 'closed' and merged_into is null;

-- The names of firms, for whoever sees a row that they answer for: their register is not open to everybody.
create function incidents.firm_names(codes text[]) returns table (code text, name text)
  language sql stable security definer set search_path = ''
  as $$ select o.code, o.name from registry.organisation o where o.dimension = 'firm' and o.code = any (codes) $$;
revoke all on function incidents.firm_names(text[]) from public;
grant execute on function incidents.firm_names(text[]) to zhigan_person;
