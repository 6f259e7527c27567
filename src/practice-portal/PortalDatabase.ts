/** The practice portal's own little database: one SQLite file, apart from Callboard's Postgres. */
import { Database } from "bun:sqlite"

/** WAL with `synchronous = NORMAL` loses nothing when the process is killed, only perhaps when the machine is. */
const settings = `
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = NORMAL;
  PRAGMA busy_timeout = 5000;
  PRAGMA foreign_keys = ON;
`

/** Names are unique without regard to case, so `name_key` holds them in their compared form. */
const tables = `
  CREATE TABLE IF NOT EXISTS restaurants (
    id TEXT PRIMARY KEY
  ) STRICT;
  CREATE TABLE IF NOT EXISTS items (
    restaurant TEXT NOT NULL REFERENCES restaurants (id) ON DELETE CASCADE,
    id TEXT NOT NULL,
    category TEXT NOT NULL,
    name TEXT NOT NULL,
    description TEXT NOT NULL,
    price_cents INTEGER NOT NULL,
    position INTEGER NOT NULL,
    PRIMARY KEY (restaurant, id)
  ) STRICT;
  CREATE TABLE IF NOT EXISTS tags (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    restaurant TEXT NOT NULL REFERENCES restaurants (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    name_key TEXT NOT NULL,
    colour TEXT NOT NULL,
    UNIQUE (restaurant, name_key)
  ) STRICT;
  CREATE TABLE IF NOT EXISTS item_tags (
    restaurant TEXT NOT NULL,
    item_id TEXT NOT NULL,
    tag_id INTEGER NOT NULL REFERENCES tags (id) ON DELETE CASCADE,
    PRIMARY KEY (restaurant, item_id, tag_id),
    FOREIGN KEY (restaurant, item_id) REFERENCES items (restaurant, id) ON DELETE CASCADE
  ) STRICT;
  CREATE TABLE IF NOT EXISTS sessions (
    id TEXT PRIMARY KEY,
    restaurant TEXT NOT NULL,
    created_at TEXT NOT NULL DEFAULT CURRENT_TIMESTAMP
  ) STRICT;
  CREATE TABLE IF NOT EXISTS faults (
    restaurant TEXT NOT NULL,
    kind TEXT NOT NULL,
    times_left INTEGER NOT NULL CHECK (times_left > 0),
    path_prefix TEXT NOT NULL,
    delay_ms INTEGER NOT NULL,
    retry_after_seconds INTEGER NOT NULL,
    PRIMARY KEY (restaurant, kind)
  ) STRICT;
  CREATE TABLE IF NOT EXISTS requests (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    at TEXT NOT NULL,
    restaurant TEXT NOT NULL,
    method TEXT NOT NULL,
    path TEXT NOT NULL,
    status INTEGER NOT NULL,
    duration_ms INTEGER NOT NULL
  ) STRICT;
`

/** Opens the file, made when missing. `:memory:` gives a database that lives as long as the process. */
export const openDatabase = (path: string): Database => {
  const database = new Database(path, { create: true, strict: true })
  database.exec(settings)
  database.exec(tables)
  return database
}
