-- When somebody was kept out last is asked at each tunnel, whatever the length of the history.
CREATE INDEX sessions_distrusted ON sessions (user_id, ended_at)
    WHERE end_reason IN ('DENIED', 'BANNED', 'ENDED_BY_ADMIN', 'USER_BLOCKED');
