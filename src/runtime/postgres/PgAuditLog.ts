/** The audit trail on PostgreSQL. */
import { Cause, DateTime, Effect, Exit, Layer, Schema } from "effect"
import { SqlClient } from "effect/sql"
import { AuditEntry, type AuditFilter, AuditLog, type AuditNote, type AuditPage } from "../../domain/AuditLog.ts"
import { asCallboard, DEFAULT_ORGANISATION, Role } from "../../domain/Caller.ts"
import { InvalidCursor } from "../../domain/JobReports.ts"
import { makeCoalescer } from "../Coalescer.ts"
import { type AuditRow, auditRowOf } from "./auditRows.ts"
import { answered } from "./callFailures.ts"
import { containing } from "./containing.ts"

/** Entries of one statement. */
const MOST_TOGETHER = 200

const Nullable = Schema.NullOr(Schema.String)

const EntryRow = Schema.Struct({
  ...AuditEntry.fields,
  at: Schema.DateTimeUtcFromDate,
  role: Schema.NullOr(Role),
  target: Nullable,
  reason: Nullable,
  before: Schema.NullOr(Schema.Json),
  after: Schema.NullOr(Schema.Json),
  reference: Nullable
})
const decodeRows = Schema.decodeUnknownEffect(Schema.Array(EntryRow))

const entryOf = ({ after, before, reason, reference, role, target, ...row }: typeof EntryRow.Type): AuditEntry => ({
  ...row,
  ...(role !== null && { role }),
  ...(target !== null && { target }),
  ...(reason !== null && { reason }),
  ...(before !== null && { before }),
  ...(after !== null && { after }),
  ...(reference !== null && { reference })
})

const isId = Schema.is(Schema.String.check(Schema.isUUID()))

const make = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient

  const insert = (rows: ReadonlyArray<AuditRow>) => sql`SELECT write_audit(${JSON.stringify(rows)}::text::json, NULL)`

  const write = Effect.fnUntraced(function* (note: AuditNote) {
    const row = yield* auditRowOf(note)
    if (row !== undefined) yield* insert([row]).pipe(answered("audit"), asCallboard)
  })

  const begin = Effect.fnUntraced(function* (note: AuditNote) {
    const row = yield* auditRowOf(note)
    if (row === undefined) return () => Effect.void
    yield* insert([row]).pipe(answered("audit"), asCallboard)
    return (after: Schema.Json) =>
      sql`UPDATE audit_log SET after = ${JSON.stringify(after)}::text::jsonb WHERE id = ${row.id}::uuid`.pipe(
        answered("audit"),
        Effect.catchCause((cause) => Effect.logError("the end of an audit entry is lost", Cause.squash(cause))),
        Effect.asVoid,
        asCallboard
      )
  })

  const together = yield* makeCoalescer<AuditRow, void, never>({
    most: MOST_TOGETHER,
    parallel: 1,
    run: (rows) =>
      insert(rows).pipe(
        answered("audit"),
        Effect.catchCause((cause) => Effect.logError(`${rows.length} audit entries are lost`, Cause.squash(cause))),
        Effect.as(rows.map(() => Exit.void))
      )
  })

  const conditions = (organisationId: string, { since, target, what, who }: AuditFilter) => [
    // Who was refused belongs to nobody; those who run the server see them.
    organisationId === DEFAULT_ORGANISATION
      ? sql`(organisation_id = ${organisationId} OR organisation_id IS NULL)`
      : sql`organisation_id = ${organisationId}`,
    ...(who === undefined ? [] : [sql`(name ILIKE ${containing(who)} OR subject = ${who})`]),
    ...(what === undefined ? [] : [sql`action = ${what}`]),
    ...(target === undefined ? [] : [sql`target = ${target}`]),
    ...(since === undefined ? [] : [sql`at >= ${DateTime.toDate(since)}::timestamptz`])
  ]

  const list = Effect.fn("AuditLog.list")(function* (organisationId: string, filter: AuditFilter, page: AuditPage) {
    if (page.cursor !== undefined && !isId(page.cursor)) return yield* new InvalidCursor()
    const all = conditions(organisationId, filter)
    if (page.cursor !== undefined) all.push(sql`id < ${page.cursor}::uuid`)
    const rows = yield* sql`
      SELECT id, at, via, subject, name, role, action, target, reason, before, after, reference FROM audit_log
      WHERE ${sql.and(all)} ORDER BY id DESC LIMIT ${page.limit + 1}`.pipe(
      Effect.flatMap(decodeRows),
      answered("listAudit"),
      asCallboard
    )
    const last = rows.length > page.limit ? rows[page.limit - 1] : undefined
    return { entries: rows.slice(0, page.limit).map(entryOf), ...(last !== undefined && { nextCursor: last.id }) }
  })

  return AuditLog.of({
    write,
    begin,
    note: (note) => Effect.flatMap(auditRowOf(note), (row) => (row === undefined ? Effect.void : together(row))),
    list
  })
})

export const layer = Layer.effect(AuditLog, make)
