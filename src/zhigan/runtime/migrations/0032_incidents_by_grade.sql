-- incidents: the incident file in the order of grades, the newest of a grade first.

create index incident_gravest on incidents.incident (queue, grade, received_at desc, id desc) where merged_into is null;
