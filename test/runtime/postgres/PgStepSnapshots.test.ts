import { expect } from "bun:test"
import { Effect } from "effect"
import { SqlClient } from "effect/sql"
import { StepSnapshots } from "../../../src/domain/StepSnapshots.ts"
import * as PgStepSnapshots from "../../../src/runtime/postgres/PgStepSnapshots.ts"
import { it } from "../../support/effect.ts"
import { databaseTests } from "../../support/PgServices.ts"
import { idle } from "../../support/scripts.ts"

const inDatabase = databaseTests(idle)

const withSnapshots = <A, E, R>(name: string, body: Effect.Effect<A, E, R | StepSnapshots | SqlClient.SqlClient>) =>
  inDatabase(
    name,
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      yield* sql`TRUNCATE step_snapshots`
      return yield* body
    }).pipe(Effect.provide(PgStepSnapshots.layer)) as Effect.Effect<A, E>
  )

const of = { organisationId: "north", jobType: "add-item-tags", step: "open-menu" }
const page = (button: string) =>
  `- heading "Menu" [level=1]\n- textbox "Password": hunter22\n- button "${button}"\n- link "Tags"`

const rows = Effect.flatMap(
  SqlClient.SqlClient,
  (sql) => sql<{ step: string; xmin: string }>`SELECT step, snapshot, xmin::text FROM step_snapshots ORDER BY step`
)

withSnapshots(
  "says what changed since the last good run of the same step, and nothing without one",
  Effect.gen(function* () {
    const { explain, keep } = yield* StepSnapshots
    yield* keep(of, page("Add item"))
    yield* keep(of, page("New item"))

    expect(yield* explain(of, page("New dish"))).toBe('button "New item" is gone; new: button "New dish"')
    expect(yield* explain(of, page("New item"))).toBeUndefined()
    expect(yield* explain(of, page("New item"), "waited for getByRole('link', { name: 'Tagging' }) (click)")).toBe(
      'there is no link "Tagging"; the nearest is link "Tags"'
    )
    for (const other of [{ organisationId: "south" }, { jobType: "import" }, { step: "save" }]) {
      expect(yield* explain({ ...of, ...other }, page("New dish"))).toBeUndefined()
    }
  })
)

withSnapshots(
  "keeps one row without values of fields, and writes it only when the page changed",
  Effect.gen(function* () {
    const { keep } = yield* StepSnapshots
    yield* keep(of, page("Add item"))
    const first = yield* rows
    yield* keep(of, page("Add item").replace("hunter22", "hunter23"))
    const second = yield* rows
    yield* keep(of, page("New item"))
    const third = yield* rows

    expect(first).toHaveLength(1)
    expect(JSON.stringify(first)).not.toContain("hunter")
    expect(second).toEqual(first)
    expect(third).toHaveLength(1)
    expect(third[0]!.xmin).not.toBe(first[0]!.xmin)
  })
)

withSnapshots(
  "keeps the beginning of a page that is too long, and any text",
  Effect.gen(function* () {
    const { explain, keep } = yield* StepSnapshots
    const long = `- button "First"\n${Array.from({ length: 9_000 }, (_, n) => `- listitem: Ünïcode ${n}\n- link "Ünïcode"`).join("\n")}`
    yield* keep(of, long)
    yield* keep({ ...of, step: "odd" }, '- button "\u0000 \ud800"\n\u0000')

    expect((yield* rows).map(({ step }) => step)).toEqual(["odd", "open-menu"])
    expect(yield* explain(of, '- button "Last"')).toContain('button "First" is gone')
  })
)

withSnapshots(
  "forgets what was not used for a long time, when something is written",
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    const { keep } = yield* StepSnapshots
    for (const step of ["recent", "unused", "open-menu"]) yield* keep({ ...of, step }, page("Add item"))
    yield* sql`UPDATE step_snapshots SET used_at = now() - interval '89 days' WHERE step = 'recent'`
    yield* sql`UPDATE step_snapshots SET used_at = now() - interval '91 days' WHERE step IN ('unused', 'open-menu')`

    yield* keep(of, page("Add item"))

    expect((yield* rows).map(({ step }) => step)).toEqual(["open-menu", "recent"])
  })
)

it.live("does not fail when the database does not answer", () =>
  Effect.gen(function* () {
    const down = new Proxy(() => Effect.fail("down"), {}) as unknown as SqlClient.SqlClient
    const snapshots = yield* StepSnapshots.pipe(
      Effect.provide(PgStepSnapshots.layer),
      Effect.provideService(SqlClient.SqlClient, down)
    )

    yield* snapshots.keep(of, page("Add item"))
    expect(yield* snapshots.explain(of, page("New item"))).toBeUndefined()
  })
)
