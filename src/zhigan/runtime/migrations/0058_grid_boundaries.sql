-- registry: the boundary of a grid, so that a place is known to lie in it.

alter table registry.organisation add column shape polygon;
create index organisation_shape on registry.organisation using gist (shape) where shape is not null;
