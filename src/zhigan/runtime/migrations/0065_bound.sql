-- history: what is bound to an incident outlives its day. A file of the few rows that are kept stands beside the others,
-- and the archive never forgets it.
alter table history.moved add column kept boolean not null default false;
