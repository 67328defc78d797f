-- Made when the tables are full.

CREATE INDEX place_by_cell ON place (cell);
CREATE INDEX name_by_rank ON name (rank, key);
CREATE INDEX name_by_key ON name (key);
CREATE INDEX name_by_cell ON name (cell, key);
CREATE INDEX name_by_likeness ON name USING gin (key public.gin_trgm_ops);
CREATE INDEX ground_by_box ON ground USING gist (box(border));
ANALYZE place;
ANALYZE name;
ANALYZE ground;
ANALYZE region;
