-- A sheet of another house is kept as it came, with how a person read it: which of its columns is which of ours.

alter table registry.import_job add column mapping text not null default '';
