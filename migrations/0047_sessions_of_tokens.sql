-- What a token was taken with when somebody signed in with it, so that the session ends when the server takes such tokens no
-- longer. Older versions begin sessions without it; those are not taken here, because nobody knows what let them in.
ALTER TABLE board_sessions ADD COLUMN token_binding bytea
