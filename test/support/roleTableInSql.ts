/** The SQL half of the role table: each cell as a statement of a member, under claims, of which nothing stays. */
import { expect } from "bun:test"
import { Effect, Result } from "effect"
import type { SqlError } from "effect/sql"
import { as, INSUFFICIENT_PRIVILEGE, refusal, run } from "../runtime/postgres/asMember.ts"
import { type Column, columns, type Row } from "./RoleRow.ts"
import { rows } from "./roleTable.ts"
import { type Made, make } from "./things.ts"

/** Who a column stands for. */
export const whoIn = (column: Column) => ({
  subject: "ann",
  role: column === "ruler" ? ("admin" as const) : column,
  organisationId: column === "ruler" ? "default" : "north"
})

export const filled = (text: string, { id, more }: Made, organisation: string) =>
  text.replaceAll("%id", id).replaceAll("%more", more).replaceAll("%org", organisation)

type Acting = (who: ReturnType<typeof whoIn>) => ReturnType<typeof as>

export const asCallboardMember: Acting = ({ organisationId, role, subject }) =>
  as({ sub: subject, role, organisation_id: organisationId })

/** As PostgREST has it for a token of a Supabase project. */
export const asAuthenticated: Acting = ({ organisationId, role, subject }) =>
  as({ sub: subject, role: "authenticated", app_metadata: { organisation_id: organisationId, role } }, "authenticated")

class Undone {
  readonly rows: number
  constructor(rows: number) {
    this.rows = rows
  }
}

/** Whether it gave a row. The transaction fails in the end, so that nothing of it stays. */
const attempt = (statement: string, acting: ReturnType<typeof as>) =>
  Effect.gen(function* () {
    const tried = acting(Effect.flatMap(run(statement), (found) => Effect.fail(new Undone(found.length))))
    const result = yield* Effect.result(tried)
    if (Result.isSuccess(result)) return false
    if (result.failure instanceof Undone) return result.failure.rows > 0
    expect(yield* refusal(Effect.fail(result.failure as SqlError.SqlError))).toBe(INSUFFICIENT_PRIVILEGE)
    return false
  })

const checkCell = (row: Row, sql: string, column: Column, acting: Acting) =>
  Effect.gen(function* () {
    const who = whoIn(column)
    const own = yield* make(row.thing, who.organisationId, who.subject)
    const theirs = yield* make(row.thing, "south", who.subject)

    const done = yield* attempt(filled(sql, own, who.organisationId), acting(who))
    expect([row.what, column, done]).toEqual([row.what, column, row.may.includes(column)])
    if (row.elsewhere === "—" && !sql.includes("%org")) return
    const there = yield* attempt(filled(sql, theirs, "south"), acting(who))
    expect([row.what, column, there]).toEqual([row.what, column, false])
  })

export const rowsInSql = rows.filter((row): row is Row & { readonly sql: string } => row.sql !== undefined)

export const checkInSql = (row: Row & { readonly sql: string }, acting: Acting) =>
  Effect.forEach(columns, (column) => checkCell(row, row.sql, column, acting), { discard: true })
