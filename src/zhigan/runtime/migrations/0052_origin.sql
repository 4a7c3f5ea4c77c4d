-- registry, incidents: lists narrowed to what came from a platform below, among hundreds of thousands that did not.

create index unit_came_from on registry.unit (code) where came_from <> '{}';
create index device_came_from on registry.device (number) where came_from <> '{}';
create index incident_came_from on incidents.incident (queue, received_at desc, id desc)
    where came_from <> '{}' and merged_into is null;
