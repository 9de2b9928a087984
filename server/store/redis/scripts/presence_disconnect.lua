-- Ends a connection.
-- include: time deadlines presence
-- KEYS as lib/presence.lua says
-- ARGV 1 time offset · 2 connection · 3 subject, then the scope's edges
-- Returns now, the subject's connections
return { now, drop(read_edges(4), ARGV[2], ARGV[3]) }
