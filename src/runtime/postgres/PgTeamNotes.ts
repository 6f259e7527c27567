/** What people wrote down, in PostgreSQL: a row for each change. */
import { Effect, Layer, Schema } from "effect"
import { SqlClient, SqlSchema } from "effect/sql"
import { NoteChanged, type NoteSubject, TeamNotes } from "../../domain/TeamNotes.ts"
import { currentOrganisation } from "./asCaller.ts"
import { answered } from "./callFailures.ts"

const NoteRow = Schema.Struct({
  number: Schema.Int,
  text: Schema.String,
  writtenBy: Schema.NullOr(Schema.String),
  writtenAt: Schema.DateTimeUtcFromDate
})

const make = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient

  const rowsOf = SqlSchema.findAll({
    Request: Schema.Struct({ organisation: Schema.String, about: Schema.String, subject: Schema.String }),
    Result: NoteRow,
    execute: ({ about, organisation, subject }) => sql`
      SELECT number, text, written_by, written_at FROM team_notes
      WHERE organisation_id = ${organisation} AND about = ${about} AND subject = ${subject}
      ORDER BY number DESC LIMIT 20`
  })

  const history = Effect.fn("TeamNotes.history")(function* (of: NoteSubject) {
    const rows = yield* rowsOf({ organisation: yield* currentOrganisation, ...of }).pipe(answered("notes"))
    return rows.map(({ writtenBy, ...row }) => ({ ...row, ...(writtenBy !== null && { writtenBy }) }))
  })

  // The key holds the number: of two that follow the same note one finds it taken.
  const write = Effect.fn("TeamNotes.write")(function* (
    of: NoteSubject,
    note: { readonly after: number; readonly text: string; readonly writtenBy?: string }
  ) {
    const organisation = yield* currentOrganisation
    const written = yield* sql`
      INSERT INTO team_notes (organisation_id, about, subject, number, text, written_by)
      SELECT ${organisation}, ${of.about}, ${of.subject}, ${note.after}::int + 1, ${note.text},
        ${note.writtenBy ?? null}::text
      WHERE ${note.after}::int = coalesce((
        SELECT max(n.number) FROM team_notes n
        WHERE n.organisation_id = ${organisation} AND n.about = ${of.about} AND n.subject = ${of.subject}
      ), 0)
      ON CONFLICT DO NOTHING RETURNING number`.pipe(answered("writeNote"))
    if (written.length > 0) return
    const [last] = yield* history(of)
    return yield* new NoteChanged({ ...(last?.writtenBy !== undefined && { by: last.writtenBy }) })
  })

  return TeamNotes.of({ history, write })
})

export const layer = Layer.effect(TeamNotes, make)
