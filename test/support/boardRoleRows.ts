/** What only people do, on the board: further rows of docs/security.md, each with its routes. */
import { type Column, everybody, members, operators, type Row } from "./RoleRow.ts"

interface BoardRow {
  readonly what: string
  readonly routes: ReadonlyArray<string>
  readonly may: ReadonlyArray<Column>
  readonly elsewhere: Row["elsewhere"]
}

export const boardRows: ReadonlyArray<BoardRow> = [
  {
    what: "Watch the browser of a running job",
    routes: ["GET /jobs/:ref/live", "GET /jobs/:ref/live.jpg", "GET /jobs/:ref/live.mjpeg"],
    may: everybody,
    elsewhere: "not found"
  },
  {
    what: "Read notes of the team",
    routes: ["GET /failures/:fingerprint", "GET /restaurants/:id"],
    may: everybody,
    elsewhere: "not shown"
  },
  {
    what: "Import jobs from a file",
    routes: ["POST /jobs/new/bulk_import/file", "POST /jobs/:ref/import"],
    may: members,
    elsewhere: "—"
  },
  {
    what: "Write notes of the team",
    routes: ["POST /failures/:fingerprint/note", "POST /restaurants/:id/note"],
    may: operators,
    elsewhere: "—"
  }
]
