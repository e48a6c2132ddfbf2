-- The tags of a passage stand one a line: between blanks a tag of two words could not be told from two tags.
-- sqlite:
UPDATE passages SET tags = COALESCE((SELECT group_concat(t.value, char(10)) FROM memories AS m, json_each(m.tags) AS t
  WHERE m.id = passages.owner_id), tags) WHERE kind = 'memory' AND tags LIKE '% %';
-- end
-- postgres:
UPDATE passages SET tags = COALESCE((SELECT string_agg(t.value, chr(10) ORDER BY t.n) FROM memories AS m
  CROSS JOIN LATERAL jsonb_array_elements_text(m.tags) WITH ORDINALITY AS t (value, n)
  WHERE m.id = passages.owner_id), tags) WHERE kind = 'memory' AND tags LIKE '% %';
-- end
