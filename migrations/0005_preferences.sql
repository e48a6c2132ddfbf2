-- What each user has set for themselves: theme, language, model. Null until something is set; absent fields have their defaults.

ALTER TABLE users ADD COLUMN preferences {json};
