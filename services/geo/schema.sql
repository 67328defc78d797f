-- Read models of geo. Every row can be rebuilt from the logs of groups and
-- events: to change a table, change it here and let the service replay from
-- position 1. The gazetteer is no read model: it stands in a schema of its own
-- (libs/gazetteer), which a rebuild leaves alone.

-- The great circle's length on a sphere of the earth's mean radius (haversine),
-- in whole metres; libs/earth.py says the same in Python.
CREATE FUNCTION distance_m(
    latitude_a double precision, longitude_a double precision,
    latitude_b double precision, longitude_b double precision
) RETURNS integer LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN round(2 * 6371008.8 * asin(least(1.0, sqrt(
    power(sin(radians(latitude_b - latitude_a) / 2), 2)
    + cos(radians(latitude_a)) * cos(radians(latitude_b)) * power(sin(radians(longitude_b - longitude_a) / 2), 2)
))))::integer;

-- What is somewhere and public: groups, pages, and gatherings that are not cancelled.
CREATE TABLE located (
    id         uuid PRIMARY KEY,
    kind       text NOT NULL,           -- group, page, gathering
    name       text NOT NULL,
    place_name text NOT NULL,
    latitude   double precision NOT NULL,
    longitude  double precision NOT NULL,
    cells      bigint[] NOT NULL,       -- H3, one of each size (libs/earth.py)
    starts_at  timestamptz,             -- of a gathering
    ends_at    timestamptz
);

-- Circles look into cells, boxes at the map; both then measure exactly.
CREATE INDEX located_by_cell ON located USING gin (cells) WITH (fastupdate = off);
CREATE INDEX located_on_map ON located USING gist (point(longitude, latitude));

-- How far the gazetteer's loading is; what is loaded, the gazetteer itself says.
CREATE TABLE loading (
    one   boolean PRIMARY KEY DEFAULT true CHECK (one),
    done  integer NOT NULL,             -- places
    total integer NOT NULL,
    at    timestamptz NOT NULL DEFAULT now()
);
