-- notify: a person's own quiet hours, for yellow and blue only. Minutes of the day in Ji'an; over midnight where the end
-- is not after the beginning.
alter table notify.preference
  add column quiet_from integer check (quiet_from between 0 and 1439),
  add column quiet_until integer check (quiet_until between 0 and 1439),
  add check ((quiet_from is null) = (quiet_until is null)),
  add check (quiet_from <> quiet_until);
create index preference_quiet on notify.preference (account) where quiet_from is not null;
