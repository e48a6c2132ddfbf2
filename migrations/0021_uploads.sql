-- An upload in parts that has become a file is remembered for a day, so that whoever did not hear of it can ask again.
ALTER TABLE uploads ADD COLUMN file_id {id};
-- Parts have names of their own from here on. Those of uploads under way have none: they are given up, and begun again.
UPDATE uploads SET expires_at = created_at WHERE size_bytes > 0;
