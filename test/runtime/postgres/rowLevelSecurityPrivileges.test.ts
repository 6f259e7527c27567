import { expect } from "bun:test"
import { Effect } from "effect"
import { databaseTests } from "../../support/PgServices.ts"
import { idle } from "../../support/scripts.ts"
import { as, claimsOf, column, INSUFFICIENT_PRIVILEGE, insertJob, refusal, run } from "./asMember.ts"
import { queueStates } from "./builders.ts"

const inDatabase = databaseTests(idle)

const operator = claimsOf("olga", "north", "operator")

const OURS = "c.relnamespace = current_schema()::regnamespace"

/** What members call: functions that judge by the claims, and such that say nothing about jobs. */
const OPEN_FUNCTIONS = [
  "answer_prompt",
  "callboard_claims",
  "callboard_insist",
  "callboard_may",
  "callboard_name",
  "callboard_organisation",
  "callboard_person",
  "callboard_role",
  "claimed_ahead_for_callers",
  "create_jobs_for_callers",
  "create_plain_jobs",
  "error_fingerprint",
  "find_key_for_callers",
  "find_lasting_key_for_callers",
  "find_prompt_for_callers",
  "find_schedule_key_for_callers",
  "first_id_at",
  "insert_jobs",
  "insert_plain_jobs",
  "keep_key_for_callers",
  "keep_lasting_key_for_callers",
  "keep_schedule_key_for_callers",
  "lanes_for_callers",
  "open_prompts_for_callers",
  "pause_work",
  "plan_for_size",
  "prompt_json",
  "ready_reasons",
  "resume_work",
  "retry_job",
  "run_point",
  "waiting_reasons_for_callers"
]

inDatabase(
  "protects each table, view and function there is, also those of later migrations",
  Effect.gen(function* () {
    const unprotected = yield* column(`
      SELECT c.relname FROM pg_class c WHERE ${OURS} AND c.relkind IN ('r', 'p') AND NOT c.relrowsecurity`)
    const asOwner = yield* column(`
      SELECT c.relname FROM pg_class c WHERE ${OURS} AND c.relkind = 'v'
        AND NOT coalesce('security_invoker=true' = ANY (c.reloptions), false)`)
    const open = yield* column(`
      SELECT c.relname FROM pg_class c, aclexplode(c.relacl) a WHERE ${OURS} AND a.grantee = 0`)
    const openFunctions = yield* column(`
      SELECT f.proname FROM pg_proc f
      WHERE f.pronamespace = current_schema()::regnamespace AND has_function_privilege('callboard_member', f.oid, 'EXECUTE')
      ORDER BY 1`)
    const misled = yield* column(`
      SELECT f.proname FROM pg_proc f
      WHERE f.pronamespace = current_schema()::regnamespace AND f.prosecdef
        AND NOT coalesce(f.proconfig @> ARRAY['search_path=' || quote_ident(current_schema()) || ', pg_temp'], false)`)

    expect({ unprotected, asOwner, open, misled }).toEqual({ unprotected: [], asOwner: [], open: [], misled: [] })
    expect(openFunctions).toEqual(OPEN_FUNCTIONS)
  })
)

inDatabase(
  "keeps from members what only the engine needs",
  Effect.gen(function* () {
    const tables = [
      ...["idempotency_keys", "lasting_keys", "job_queue", "job_leases", "workers", "callboard_migrations"],
      ...["webhooks", "webhook_events", "webhook_deliveries", "webhook_attempts", "failure_mail", "failures_to_mail"]
    ]
    const views = ["job_waiting", "lane_loads", "script_jobs_queue_status"]
    const calls = [
      "output FROM job_checkpoints",
      "answer FROM job_prompts",
      "* FROM open_prompts",
      "claim_jobs('default', 1, '{idle}', '', 'w', gen_random_uuid(), interval '1 hour')",
      "choose_heads('{north}', '{oven}')",
      "notify_of_jobs(NULL, NULL, '[]')",
      "waiting_reasons('{}')",
      "token FROM job_leases",
      `find_job_as(NULL, '{"organisation_id": "south"}', NULL, NULL)`,
      "become_caller('callboard_member', '{}')",
      "start_job_again(NULL, true, NULL, NULL, NULL, NULL, '1 day')",
      "give_answer(NULL, NULL, NULL, 'ann')",
      "find_prompt(NULL, NULL)",
      "find_key('north', 'k', '')",
      "keep_key('north', 'k', '', NULL, NULL)",
      "callboard_let_in('callboard_member')",
      "callboard_keep_private('workers')"
    ]

    for (const thing of [
      ...tables.map((name) => `* FROM ${name}`),
      ...views.map((name) => `* FROM ${name}`),
      ...calls
    ]) {
      expect(yield* refusal(as(operator)(run(`SELECT ${thing}`)))).toBe(INSUFFICIENT_PRIVILEGE)
    }
    for (const table of [...tables, "pauses"]) {
      expect(yield* refusal(as(operator)(run(`DELETE FROM ${table}`)))).toBe(INSUFFICIENT_PRIVILEGE)
    }
  })
)

inDatabase(
  "lets members remove nothing that belongs to a job, and change no column of a job but those that cancel it",
  Effect.gen(function* () {
    const id = yield* insertJob({ organisation_id: "north", created_by: "olga" })
    const columns = yield* column(`
      SELECT attname FROM pg_attribute WHERE attrelid = 'script_jobs'::regclass AND attnum > 0 AND NOT attisdropped
        AND attname NOT IN ('status', 'cancel_requested_at')`)
    const ofJobs = ["job_attempts", "job_steps", "job_checkpoints", "job_logs", "job_dependencies", "job_prompts"]
    const statements = [
      ...columns.map((name) => `UPDATE script_jobs SET status = 'cancelled', ${name} = ${name}`),
      ...ofJobs.map((table) => `DELETE FROM ${table}`),
      ...["script_jobs", ...ofJobs].map((table) => `TRUNCATE ${table} CASCADE`),
      ...ofJobs.flatMap((table) => [`INSERT INTO ${table} DEFAULT VALUES`, `SELECT FROM ${table} FOR UPDATE`])
    ]

    yield* as(operator)(run("DELETE FROM script_jobs"))
    expect(columns.length).toBeGreaterThan(40)
    for (const statement of statements) {
      expect(yield* refusal(as(operator)(run(statement)))).toBe(INSUFFICIENT_PRIVILEGE)
    }
    expect(yield* column("SELECT status FROM script_jobs")).toEqual(["pending"])
    expect([...(yield* queueStates).keys()]).toEqual([id])
  })
)

inDatabase(
  "writes its own queue when a member has temporary tables of the same names",
  Effect.gen(function* () {
    const [id, taken] = yield* as(operator)(
      Effect.gen(function* () {
        yield* run(
          "CREATE TEMPORARY TABLE job_queue (id uuid PRIMARY KEY, lane text, state text, rank integer) ON COMMIT DROP"
        )
        yield* run("CREATE TEMPORARY TABLE job_dependencies (job_id uuid, depends_on uuid, met boolean) ON COMMIT DROP")
        const created = yield* insertJob({ organisation_id: "north", created_by: "olga" })
        return [created, yield* column("SELECT id FROM pg_temp.job_queue")] as const
      })
    )

    expect(taken).toEqual([])
    expect([...(yield* queueStates).keys()]).toEqual([id])
  })
)

inDatabase(
  "does not let its triggers be hung on a table of somebody's own",
  Effect.gen(function* () {
    const triggers = [
      "AFTER INSERT ON mine REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION script_jobs_after_insert()",
      "AFTER DELETE ON mine REFERENCING OLD TABLE AS removed FOR EACH STATEMENT EXECUTE FUNCTION script_jobs_after_delete()",
      `AFTER UPDATE ON mine REFERENCING OLD TABLE AS before_rows NEW TABLE AS after_rows FOR EACH STATEMENT
        EXECUTE FUNCTION script_jobs_after_update()`
    ]

    for (const trigger of triggers) {
      const hung = Effect.gen(function* () {
        yield* run("CREATE TEMPORARY TABLE mine (id uuid) ON COMMIT DROP")
        yield* run(`CREATE TRIGGER mine ${trigger}`)
      })
      expect(yield* refusal(as(operator)(hung))).toBe(INSUFFICIENT_PRIVILEGE)
    }
  })
)
