import { expect } from "bun:test"
import { Effect } from "effect"
import { databaseTests } from "../../support/PgServices.ts"
import { idle } from "../../support/scripts.ts"
import { as, claimsOf, column, insertJob, refusal, run } from "./asMember.ts"

const inDatabase = databaseTests(idle)

const ann = claimsOf("ann", "north")
const operator = claimsOf("olga", "north", "operator")
const viewer = claimsOf("vera", "north", "viewer")

/** A job with everything that can belong to one. */
const withHistory = (organisation: string) =>
  Effect.gen(function* () {
    const needed = yield* insertJob({ organisation_id: organisation })
    const id = yield* insertJob({ organisation_id: organisation, depends_on: [needed] })
    yield* run(`INSERT INTO job_attempts (job_id, attempt, worker) VALUES ('${id}', 1, 'w')`)
    yield* run(`INSERT INTO job_steps (job_id, attempt, name, number) VALUES ('${id}', 1, 'first', 1)`)
    yield* run(`INSERT INTO job_checkpoints (job_id, name, attempt, output) VALUES ('${id}', 'first', 1, '{}')`)
    yield* run(`INSERT INTO job_logs (job_id, attempt, at, level, message) VALUES ('${id}', 1, now(), 'info', 'hello')`)
    yield* run(`
      INSERT INTO job_schedules (id, organisation_id, name, cron, time_zone, job_type, input_payload, next_run_at)
      VALUES (gen_random_uuid(), '${organisation}', 'nightly', '0 3 * * *', 'UTC', 'idle', '{}', now())`)
    const failed = { status: "failed", error_code: "NOT_FOUND" }
    const ended = yield* insertJob({ organisation_id: organisation, ...failed })
    return [needed, id, ended]
  })

const seen = Effect.gen(function* () {
  return {
    jobs: yield* column("SELECT id FROM script_jobs ORDER BY id"),
    attempts: yield* column("SELECT job_id FROM job_attempts"),
    steps: yield* column("SELECT job_id FROM job_steps"),
    checkpoints: yield* column("SELECT job_id FROM job_checkpoints"),
    logs: yield* column("SELECT job_id FROM job_logs"),
    dependencies: yield* column("SELECT job_id FROM job_dependencies"),
    schedules: yield* column("SELECT organisation_id FROM job_schedules"),
    failures: yield* column("SELECT organisation_id FROM script_jobs_failed_summary"),
    metrics: yield* column("SELECT organisation_id FROM script_jobs_metrics")
  }
})

const nothing = {
  jobs: [],
  attempts: [],
  steps: [],
  checkpoints: [],
  logs: [],
  dependencies: [],
  schedules: [],
  failures: [],
  metrics: []
}

inDatabase(
  "shows everybody of an organisation its jobs and what belongs to them, and nothing of another one",
  Effect.gen(function* () {
    const [needed, id, ended] = yield* withHistory("north")
    yield* withHistory("south")

    for (const person of [ann, operator, viewer]) {
      expect(yield* as(person)(seen)).toEqual({
        jobs: [needed, id, ended],
        attempts: [id],
        steps: [id],
        checkpoints: [id],
        logs: [id],
        dependencies: [id],
        schedules: ["north"],
        failures: ["north"],
        metrics: ["north"]
      })
    }
    expect((yield* seen).jobs).toHaveLength(6)
  })
)

inDatabase(
  "shows nothing without an organisation in the claims, or with claims that are no object",
  Effect.gen(function* () {
    yield* withHistory("north")
    const others = [{}, "", "null", "7", "[]", { sub: "ann" }, { organisation_id: "" }, { organisation_id: null }]

    for (const claims of others) expect(yield* as(claims)(seen)).toEqual(nothing)
    expect(yield* refusal(as("no JSON")(seen))).toBe("22P02")
  })
)

inDatabase(
  "reads the claims of a Supabase token, but nothing that people can write themselves",
  Effect.gen(function* () {
    const token = { sub: "ann", role: "authenticated", app_metadata: { organisation_id: "north", role: "operator" } }
    const forged = { sub: "ann", role: "authenticated", user_metadata: { organisation_id: "north", role: "operator" } }
    const who = column(
      "SELECT concat_ws(' ', callboard_person(), coalesce(callboard_organisation(), '-'), callboard_role())"
    )

    expect(yield* as(token)(who)).toEqual(["ann north operator"])
    expect(yield* as({ ...token, app_metadata: { organisation_id: "north" } })(who)).toEqual(["ann north member"])
    expect(yield* as({ ...token, app_metadata: { organisation_id: "north", role: "boss" } })(who)).toEqual([
      "ann north viewer"
    ])
    expect(yield* as(forged)(who)).toEqual(["ann - member"])
  })
)

inDatabase(
  "trusts whoever sets the claims, and forgets them with the transaction",
  Effect.gen(function* () {
    const id = yield* insertJob({ organisation_id: "south" })
    const jobs = column("SELECT id FROM script_jobs")

    const changed = as(ann)(
      Effect.gen(function* () {
        const before = yield* jobs
        yield* run(`SELECT set_config('request.jwt.claims', '{"organisation_id": "south"}', true)`)
        return [before, yield* jobs]
      })
    )

    expect(yield* changed).toEqual([[], [id]])
    expect(yield* column("SELECT callboard_organisation()")).toEqual([null])
  })
)

/** What the plan of a statement does, as text. */
const planOf = (statement: string) => Effect.map(column(`EXPLAIN ${statement}`), (lines) => lines.join("\n"))

inDatabase(
  "reads a page from the index of the organisation, and the claims once per query",
  Effect.gen(function* () {
    yield* run(`
      INSERT INTO script_jobs (id, job_id, job_type, lane, status, input_payload, total_steps, max_retries, timeout_ms,
        expires_at, organisation_id)
      SELECT gen_random_uuid(), 'JOB_20261121_000000_' || lpad(to_hex(n), 8, '0'), 'idle', 'default', 'completed', '{}', 1, 3,
        1000, now() + interval '1 day', 'org-' || n % 50
      FROM generate_series(1, 5000) n`)
    yield* run("ANALYZE script_jobs")

    for (const role of ["member", "operator"]) {
      const plan = yield* as(claimsOf("ann", "org-7", role))(
        planOf("SELECT * FROM script_jobs ORDER BY id DESC LIMIT 50")
      )
      expect(plan).toContain("script_jobs_organisation")
      expect(plan).toMatch(/Index Cond: \(organisation_id = \(InitPlan|Index Cond: \(organisation_id = \$0\)/u)
      expect(plan.match(/Filter: .*/gu)).toEqual(["Filter: (lane <> 'system'::text)"])
    }
    const one = "SELECT status FROM script_jobs WHERE job_id = 'JOB_20261121_000000_00000007'"
    expect(yield* as(claimsOf("ann", "org-7"))(planOf(one))).toContain("script_jobs_job_id_key")
    expect(yield* as(claimsOf("ann", "org-7"))(column(one))).toEqual(["completed"])
    expect(yield* as(claimsOf("ann", "org-8"))(column(one))).toEqual([])
  })
)
