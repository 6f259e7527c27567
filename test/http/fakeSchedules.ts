/** Schedules in memory, behind the contract that the API answers from. */
import { DateTime, Effect, Option } from "effect"
import { InvalidCursor } from "../../src/domain/JobReports.ts"
import { type CreateSchedule, type JobSchedule, ScheduleId } from "../../src/domain/JobSchedule.ts"
import { JobSchedules, ScheduleCannotRun, ScheduleNameTaken, ScheduleNotFound } from "../../src/domain/JobSchedules.ts"
import { type JobTypes, UnknownJobType } from "../../src/domain/JobType.ts"
import { aJob, CREATED_AT } from "./builders.ts"

const created = DateTime.makeUnsafe(CREATED_AT)

export const makeFakeSchedules = (types: typeof JobTypes.Service) => {
  const all = new Map<string, JobSchedule>()
  const pages: Array<{ readonly limit: number; readonly cursor?: string }> = []

  const find = (id: ScheduleId) =>
    Effect.suspend(() => {
      const schedule = all.get(id)
      return schedule === undefined ? new ScheduleNotFound({ ref: id }) : Effect.succeed(schedule)
    })
  const put = (schedule: JobSchedule) => {
    all.set(schedule.id, schedule)
    return schedule
  }
  const checkName = (name: string | undefined, id?: ScheduleId) =>
    name !== undefined && [...all.values()].some((each) => each.name === name && each.id !== id)
      ? new ScheduleNameTaken({ name })
      : Effect.void

  const keys = new Map<string, JobSchedule>()

  const create = ({ paused = false, ...request }: CreateSchedule) =>
    Effect.gen(function* () {
      const type = Option.getOrUndefined(types.find(request.jobType))
      if (type === undefined) return yield* new UnknownJobType({ jobType: request.jobType, known: ["greet"] })
      yield* type.parseInput(request.input)
      yield* checkName(request.name)
      return put({
        timeZone: "UTC",
        missedRuns: "run_once",
        overlap: "allow",
        options: {},
        ...request,
        id: ScheduleId.make(Bun.randomUUIDv7()),
        organisationId: "default",
        createdAt: created,
        updatedAt: created,
        revision: 1,
        ...(paused ? { pausedAt: created } : { nextRunAt: created })
      })
    })

  const contract = JobSchedules.of({
    create,
    createOnce: (request, { idempotencyKey = "" } = {}) =>
      Effect.gen(function* () {
        const made = keys.get(idempotencyKey)
        if (made !== undefined) return { schedule: made, replayed: true }
        const schedule = yield* create(request)
        if (idempotencyKey !== "") keys.set(idempotencyKey, schedule)
        return { schedule, replayed: false }
      }),
    list: (page) =>
      Effect.suspend(() => {
        pages.push(page)
        return page.cursor === "bad"
          ? new InvalidCursor()
          : Effect.succeed({ schedules: [...all.values()], nextCursor: "next" })
      }),
    get: find,
    update: (id, { paused, ...changes }) =>
      Effect.gen(function* () {
        const { nextRunAt, pausedAt, ...schedule } = yield* find(id)
        yield* checkName(changes.name, id)
        return put({ ...schedule, ...changes, ...(paused ? { pausedAt: created } : { nextRunAt: created }) })
      }),
    remove: (id) => Effect.map(find(id), () => void all.delete(id)),
    runNow: (id) =>
      Effect.flatMap(find(id), ({ jobType, pausedAt }) =>
        pausedAt === undefined
          ? Effect.succeed(aJob({ jobType, createdBy: `schedule:${id}` }))
          : new ScheduleCannotRun({ reason: "It cannot." })
      ),
    fireDue: Effect.succeed(0),
    bringForward: Effect.succeed(0)
  })

  return { all, pages, contract }
}
