/** Recurring jobs on PostgreSQL. */
import { Effect, Layer, Option, Schema } from "effect"
import { SqlClient, SqlError } from "effect/sql"
import { InvalidCursor } from "../../domain/JobReports.ts"
import { CreateSchedule, ScheduleId, type UpdateSchedule } from "../../domain/JobSchedule.ts"
import { type CreatedSchedule, JobSchedules, ScheduleNameTaken, ScheduleNotFound } from "../../domain/JobSchedules.ts"
import type { CreateOptions } from "../../domain/Jobs.ts"
import { InvalidInput, type JobType, JobTypes } from "../../domain/JobType.ts"
import { MASK, mapSecrets } from "../../domain/Secret.ts"
import { newId } from "../newId.ts"
import { SecretBox } from "../SecretBox.ts"
import { currentOrganisation, forCallers, makeCallers } from "./asCaller.ts"
import { makeBringForward } from "./bringForward.ts"
import { answered, orUnavailable } from "./callFailures.ts"
import { makerOf } from "./createJobs.ts"
import { makeFiring } from "./fireSchedules.ts"
import { goingOn, type JobScheduleRow, scheduleOf } from "./JobScheduleRow.ts"
import { makeJobScheduleRows } from "./JobScheduleRows.ts"
import { type KeyKind, makeOnce } from "./onceByKey.ts"

/** Lists page by name, which is unique. */
const Cursor = Schema.StringFromBase64Url
const decodeCursor = Schema.decodeUnknownOption(Cursor)
const encodeCursor = Schema.encodeSync(Cursor)

const encodeRequest = Schema.encodeSync(CreateSchedule)

const keysOfSchedules: KeyKind<{ readonly scheduleId: ScheduleId }> = {
  find: "find_schedule_key",
  keep: "keep_schedule_key",
  sent: (sql, { scheduleId }) => sql`${scheduleId}::uuid`
}

const STILL_MASKED = "A secret is still masked. Send it as it is, or leave the input away to keep it"

const isNameTaken = (error: unknown): error is SqlError.SqlError =>
  SqlError.isSqlError(error) && error.reason._tag === "UniqueViolation"

const holdsMask = (type: JobType, input: unknown): boolean => {
  let found = false
  mapSecrets(type.inputSchema, input, (secret) => {
    found ||= secret === MASK
    return secret
  })
  return found
}

const secretPlaces = ({ inputSchema }: JobType, input: unknown): ReadonlySet<string> => {
  const places = new Set<string>()
  mapSecrets(inputSchema, input, (_, path) => places.add(JSON.stringify(path)))
  return places
}

const make = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  const types = yield* JobTypes
  const box = yield* SecretBox
  const rows = yield* makeJobScheduleRows
  const callers = yield* makeCallers
  const firing = yield* makeFiring
  const bringForward = yield* makeBringForward
  const once = yield* makeOnce(keysOfSchedules)

  const shown = (row: JobScheduleRow) => scheduleOf(row, types)

  /** The stored form of an input: checked like that of a job, so that a schedule is wrong when it is made, not at night. */
  const seal = (id: ScheduleId, type: JobType, input: unknown) =>
    Effect.gen(function* () {
      // Callers see secrets masked, and may send back what they saw.
      if (holdsMask(type, input)) {
        return yield* new InvalidInput({ jobType: type.name, issues: [{ path: "", message: STILL_MASKED }] })
      }
      return box.sealInput(type.inputSchema, yield* type.parseInput(input), id) as Schema.Json
    })

  /** What writes the schedule, once all of it is checked. */
  const prepared = Effect.fnUntraced(function* (
    request: CreateSchedule,
    { createdBy, organisationId }: Effect.Success<ReturnType<typeof makerOf>>
  ) {
    const id = ScheduleId.make(newId())
    const inputPayload = yield* seal(id, yield* types.named(request.jobType), request.input)
    const { cron, jobType, name, timeZone = "UTC" } = request
    return Effect.gen(function* () {
      const now = yield* rows.now
      const row = yield* rows.insert({
        id,
        organisationId,
        name,
        cron,
        timeZone,
        jobType,
        inputPayload,
        missedRuns: request.missedRuns ?? "run_once",
        overlap: request.overlap ?? "allow",
        options: request.options ?? {},
        createdBy: createdBy ?? null,
        ...(request.paused ? { pausedAt: now, nextRunAt: null } : goingOn({ cron, timeZone }, now))
      })
      return shown(row)
    }).pipe(Effect.catchIf(isNameTaken, () => new ScheduleNameTaken({ name })))
  })

  const create = Effect.fn("JobSchedules.create")(function* (
    request: CreateSchedule,
    options: Pick<CreateOptions, "createdBy" | "organisationId"> = {}
  ) {
    const write = yield* prepared(request, yield* makerOf(options))
    return yield* write
  }, orUnavailable("createSchedule"))

  /** With a key it is a transaction of its own, which a key that is in use undoes. */
  const createOnce = Effect.fn("JobSchedules.createOnce")(function* (
    request: CreateSchedule,
    options: CreateOptions = {}
  ) {
    const key = options.idempotencyKey
    if (key === undefined) {
      return { schedule: yield* callers.call("create")(create(request, options)), replayed: false }
    }
    const maker = yield* makerOf(options)
    const write = yield* prepared(request, maker)
    const made = Effect.map(write, (schedule) => ({
      answer: { schedule, replayed: false },
      made: { scheduleId: schedule.id }
    }))
    const replay = ({ scheduleId }: { readonly scheduleId: ScheduleId }) =>
      Effect.flatMap(
        rows.decoded(sql`SELECT * FROM job_schedules WHERE id = ${scheduleId}::uuid`),
        ([row]): Effect.Effect<CreatedSchedule, "ended meanwhile"> =>
          row === undefined ? Effect.fail("ended meanwhile") : Effect.succeed({ schedule: shown(row), replayed: true })
      )
    const hash = box.fingerprint(JSON.stringify({ schedule: encodeRequest(request) }))
    const asked = { ...options, key, hash, organisation: maker.organisationId }
    return yield* callers.refusing("create")(
      once<CreatedSchedule, ScheduleNameTaken>("createSchedule", asked, replay, made)
    )
  })

  const list = Effect.fn("JobSchedules.list")(function* (page: { readonly limit: number; readonly cursor?: string }) {
    const after = page.cursor === undefined ? Option.some("") : decodeCursor(page.cursor)
    if (Option.isNone(after)) return yield* new InvalidCursor()
    // One row more than asked for tells whether there is a next page.
    const found = yield* sql<{ name: string }>`
      SELECT * FROM job_schedules WHERE organisation_id = ${yield* currentOrganisation} AND name > ${after.value}
      ORDER BY name LIMIT ${page.limit + 1}`.pipe(answered("listSchedules"))
    const last = found.length > page.limit ? found[page.limit - 1] : undefined
    return {
      schedules: (yield* rows.readable(found.slice(0, page.limit))).map(shown),
      ...(last !== undefined && { nextCursor: encodeCursor(last.name) })
    }
  })

  const get = Effect.fn("JobSchedules.get")(function* (id: ScheduleId) {
    const [row] = yield* rows
      .decoded(sql`SELECT * FROM job_schedules WHERE id = ${id}::uuid`)
      .pipe(answered("getSchedule"))
    return row === undefined ? yield* new ScheduleNotFound({ ref: id }) : shown(row)
  })

  /** Another type, another input, or both: together they have to fit as if they were new. */
  const changedInput = (row: JobScheduleRow, { input, jobType }: UpdateSchedule) =>
    Effect.gen(function* () {
      if (input === undefined && jobType === undefined) return {}
      const type = yield* types.named(jobType ?? row.jobType)
      const sent = input ?? (yield* openedInput(row, type))
      return { jobType: type.name, inputPayload: yield* seal(row.id, type, sent), lastError: null, lastErrorAt: null }
    })

  /**
   * What cannot be opened has to be sent again, and so has a secret for which the new type has no secret field: it would
   * be stored in clear and shown to everybody.
   */
  const openedInput = (row: JobScheduleRow, type: JobType) =>
    Effect.gen(function* () {
      const former = yield* types.named(row.jobType)
      return { former, input: (yield* box.openInput(former.inputSchema, row.inputPayload, row.id)).input }
    }).pipe(
      Effect.filterOrFail(({ former, input }) => secretPlaces(former, input).isSubsetOf(secretPlaces(type, input))),
      Effect.mapBoth({
        onSuccess: ({ input }) => input,
        onFailure: () =>
          new InvalidInput({
            jobType: row.jobType,
            issues: [{ path: "", message: "Send the input with the new job type" }]
          })
      })
    )

  const changedTimes = (row: JobScheduleRow, changes: UpdateSchedule) =>
    Effect.gen(function* () {
      const { cron = row.cron, paused = row.pausedAt !== null, timeZone = row.timeZone } = changes
      const now = yield* rows.now
      if (paused) return { cron, timeZone, pausedAt: row.pausedAt ?? now, nextRunAt: null }
      const isSame = row.pausedAt === null && cron === row.cron && timeZone === row.timeZone
      return isSame ? {} : { cron, timeZone, lastError: null, lastErrorAt: null, ...goingOn({ cron, timeZone }, now) }
    })

  const update = Effect.fn("JobSchedules.update")(
    function* (id: ScheduleId, changes: UpdateSchedule) {
      const row = yield* rows.lock(id, { waiting: true })
      if (row === undefined) return yield* rows.refuse(id, "updateSchedule")
      const { missedRuns = row.missedRuns, name = row.name, options = row.options, overlap = row.overlap } = changes
      const input = yield* changedInput(row, changes)
      const times = yield* changedTimes(row, changes)
      const saved = yield* rows
        .save({ ...row, name, missedRuns, overlap, options, ...input, ...times })
        .pipe(Effect.catchIf(isNameTaken, () => new ScheduleNameTaken({ name })))
      return shown(saved)
    },
    callers.transaction,
    orUnavailable("updateSchedule")
  )

  const remove = Effect.fn("JobSchedules.remove")(function* (id: ScheduleId) {
    const removed = yield* sql`DELETE FROM job_schedules WHERE id = ${id}::uuid RETURNING id`
    if (removed.length === 0) return yield* rows.refuse(id, "removeSchedule")
  }, orUnavailable("removeSchedule"))

  const service = { create, createOnce, list, get, update, remove, ...firing, bringForward }
  return JobSchedules.of(forCallers(callers, service, ["createOnce", "fireDue", "bringForward"]))
})

export const layer = Layer.effect(JobSchedules, make)
