-- name: contact
select c.name, u.name as place, c.phone as number
from registry.contact c join registry.unit u on u.id = c.unit_id where c.id = $1::uuid

-- name: organisation
select coalesce(nullif(o.person, ''), o.name) as name, o.name as place, o.phone as number
from registry.organisation o where o.id = $1::uuid

-- name: unit
select u.name, u.code as place, u.phone as number from registry.unit u where u.id = $1::uuid

-- name: key_part
select coalesce(nullif(k.person, ''), k.name) as name, u.name as place, k.phone as number
from registry.key_part k join registry.unit u on u.id = k.unit_id where k.id = $1::uuid

-- name: test
select coalesce(nullif(t.person, ''), t.purpose) as name, u.name as place, t.phone as number
from registry.test_mode t join registry.unit u on u.id = t.unit_id where t.id = $1::uuid

-- name: member
select m.name, o.name as place, m.phone as number
from registry.member m join registry.organisation o on o.id = m.organisation_id where m.id = $1::uuid

-- name: contacts_of
select c.id::text, c.name, u.name as place, c.phone as number
from registry.contact c join registry.unit u on u.id = c.unit_id where c.unit_id = $1::uuid order by c.role, c.rank

-- name: shown_lately
-- Numbers shown without an incident.
select count(*) from access.audit
where account = $1::uuid and action = 'number.shown' and at > $2 and not detail ? 'incident'
