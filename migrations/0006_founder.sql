-- Who had the first account. At most one row holds true and the others null, so two first registrations in the same instant
-- can not both become administrators, whatever each of them saw.

ALTER TABLE users ADD COLUMN founder {bool};
CREATE UNIQUE INDEX users_founder_key ON users (founder);
