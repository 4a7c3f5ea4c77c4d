-- incidents: split and move. An alarm knows its own locus (null: of a time before this column, then its incident's);
-- an incident taken out of another one knows which.
alter table incidents.alarm add column locus text;
alter table incidents.incident add column split_from uuid;
create index incident_split on incidents.incident (split_from) where split_from is not null;
