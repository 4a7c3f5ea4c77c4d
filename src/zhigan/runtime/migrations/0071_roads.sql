-- The road network, as far as it was loaded: pieces of at most 20 m between numbered places. It tells nothing of anybody;
-- people reach it by the function below only.

create table registry.road (
    a       integer not null,
    b       integer not null,
    a_lon   double precision not null,
    a_lat   double precision not null,
    b_lon   double precision not null,
    b_lat   double precision not null,
    metres  real not null check (metres >= 0)
);
create index road_place on registry.road using gist (box(point(a_lon, a_lat), point(b_lon, b_lat)));
alter table registry.road enable row level security;

create function registry.roads_here(here box, most integer) returns setof registry.road
    language sql stable security definer rows 5000 set search_path = registry, pg_catalog
    as $$
        select r.* from registry.road r where box(point(r.a_lon, r.a_lat), point(r.b_lon, r.b_lat)) && here limit most
    $$;
revoke execute on function registry.roads_here(box, integer) from public;
grant execute on function registry.roads_here(box, integer) to zhigan_person;
