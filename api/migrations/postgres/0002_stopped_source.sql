-- Sources that stand still. The offsets from lost_from to before lost_to were deleted before they were read; both are
-- the same when it is something else that keeps the source.
CREATE TABLE stopped_source (
    source    TEXT NOT NULL PRIMARY KEY,
    why       TEXT NOT NULL,
    lost_from BIGINT NOT NULL,
    lost_to   BIGINT NOT NULL,
    since_us  BIGINT NOT NULL
);
