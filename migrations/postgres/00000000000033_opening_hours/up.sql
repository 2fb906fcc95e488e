-- When working hours that do not run now begin: until then nobody can connect, and then the session is looked at.
ALTER TABLE sessions ADD COLUMN opens_at BIGINT;
