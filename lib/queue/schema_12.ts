/**
 * Version 12: what the instrument states of the bytes it wrote, file by file, and what was read of them
 * here. "found" is true only of the bytes whose SHA-256 is "found_of"; SHA-256 itself is compared with the
 * list.
 */
export const VERSION_12: readonly string[] = [
  `CREATE TABLE origin_hashes (
    job INTEGER NOT NULL REFERENCES jobs (n),
    path TEXT NOT NULL CHECK (path <> ''),
    said_by TEXT NOT NULL CHECK (said_by <> ''),
    generation INTEGER NOT NULL CHECK (generation >= 1),
    algorithm TEXT NOT NULL CHECK (algorithm IN ('md5', 'sha1', 'sha256')),
    stated TEXT NOT NULL CHECK (stated NOT GLOB '*[^0-9a-f]*'),
    size_bytes INTEGER CHECK (size_bytes >= 0),
    found TEXT CHECK (found NOT GLOB '*[^0-9a-f]*'),
    found_of TEXT CHECK ((found IS NULL) = (found_of IS NULL)),
    PRIMARY KEY (job, path, said_by)
  ) STRICT, WITHOUT ROWID`,
];
