-- Telephone numbers of people are masked: they are found by the whole number or by its last four, which the mask shows,
-- and no longer digit by digit.

-- Does one of the numbers that stand there answer to what was typed?
create function access.answers_to(phone text, typed text) returns boolean
    language sql immutable parallel safe
    as $$
        select exists (
            select from regexp_split_to_table(phone, '[/;,]') one
            where btrim(typed) ~ '^[0-9]{4}$' and right(access.number(one), 4) = btrim(typed)
               or length(access.number(typed)) >= 7 and btrim(typed) ~ '^[0-9+() -]+$'
                  and access.number(one) = access.number(typed))
    $$;

create function registry.mentions_or_answers(words text, phone text, q text) returns boolean
    language sql immutable parallel safe
    as $$
        select access.answers_to(phone, q) or coalesce(
            (select bool_and(position(word in words) > 0 or access.answers_to(phone, word))
             from regexp_split_to_table(lower(btrim(q)), '\s+') word), true)
    $$;

create or replace function registry.found_contacts(q text) returns setof uuid
    language sql stable security definer rows 100 set search_path = registry, pg_catalog
    as $$ select c.id from registry.contact c
          where registry.grams(c.search) @> registry.sought(q)
            and registry.mentions_or_answers(lower(c.name || ' ' || coalesce(c.pinyin, '')), c.phone, q) $$;
create or replace function registry.found_key_parts(q text) returns setof uuid
    language sql stable security definer rows 100 set search_path = registry, pg_catalog
    as $$ select k.id from registry.key_part k
          where registry.grams(k.search) @> registry.sought(q)
            and registry.mentions_or_answers(
                lower(k.name || ' ' || k.place || ' ' || k.person || ' ' || k.pinyin), k.phone, q) $$;
create or replace function registry.found_organisations(q text) returns setof uuid
    language sql stable security definer rows 100 set search_path = registry, pg_catalog
    as $$ select o.id from registry.organisation o
          where registry.grams(o.search) @> registry.sought(q)
            and registry.mentions_or_answers(
                lower(o.code || ' ' || o.name || ' ' || o.person || ' ' || o.address || ' ' || o.pinyin), o.phone, q) $$;
