DROP INDEX sessions_distrusted;
