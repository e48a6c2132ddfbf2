-- Answers with sources: what a conversation may draw on, what one question may (instead of its conversation's), and what an
-- answer drew on.
ALTER TABLE conversations ADD COLUMN collection {json};
ALTER TABLE messages ADD COLUMN collection {json};
ALTER TABLE messages ADD COLUMN sources {json};
