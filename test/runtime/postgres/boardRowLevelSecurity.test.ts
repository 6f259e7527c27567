import { expect } from "bun:test"
import { Effect } from "effect"
import { databaseTests } from "../../support/PgServices.ts"
import { idle } from "../../support/scripts.ts"
import { as, claimsOf, column, INSUFFICIENT_PRIVILEGE, insertJob, refusal, run } from "./asMember.ts"

const inDatabase = databaseTests(idle)

const operator = claimsOf("olga", "north", "operator")

const note = (organisation: string, number = 1) =>
  `INSERT INTO team_notes (organisation_id, about, subject, number, text, written_by)
   VALUES ('${organisation}', 'restaurant', 'roma', ${number}, 'Phone 15–17', 'Olga')`

inDatabase(
  "shows members the failures, minutes and notes of their organisation and of no other",
  Effect.gen(function* () {
    yield* run("TRUNCATE job_minutes, team_notes")
    const failed = { status: "failed", error_code: "TIMEOUT", error_message: "slow" }
    for (const organisation of ["north", "south"]) {
      yield* insertJob({ organisation_id: organisation, ...failed })
      yield* run(`INSERT INTO job_minutes VALUES ('${organisation}', now(), 1, 0)`)
      yield* run(note(organisation))
    }

    for (const table of ["job_failures", "job_minutes", "team_notes"]) {
      expect([table, yield* as(operator)(column(`SELECT organisation_id FROM ${table}`))]).toEqual([table, ["north"]])
      expect(yield* as({})(column(`SELECT organisation_id FROM ${table}`))).toEqual([])
    }
  })
)

inDatabase(
  "lets operators and admins add notes to their organisation, and nobody change or remove one",
  Effect.gen(function* () {
    yield* run("TRUNCATE team_notes")

    yield* as(operator)(run(note("north")))
    yield* as(claimsOf("ada", "north", "admin"))(run(note("north", 2)))

    expect(yield* column("SELECT organisation_id FROM team_notes")).toEqual(["north", "north"])
    const refused = [
      as(operator)(run(note("south"))),
      as(claimsOf("max", "north"))(run(note("north", 3))),
      as(claimsOf("vera", "north", "viewer"))(run(note("north", 3))),
      as(operator)(run("UPDATE team_notes SET text = ''")),
      as(operator)(run("DELETE FROM team_notes")),
      as(operator)(run("INSERT INTO job_failures SELECT * FROM job_failures")),
      as(operator)(run("DELETE FROM job_minutes")),
      as(operator)(run("SELECT * FROM job_minutes_counted")),
      as(operator)(run("SELECT count_job_minutes('1 second')"))
    ]
    for (const each of refused) expect(yield* refusal(each)).toBe(INSUFFICIENT_PRIVILEGE)
  })
)
