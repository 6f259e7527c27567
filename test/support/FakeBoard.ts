/** What the board alone reads, in memory: made from the jobs of a test where that is simple, and set by it elsewhere. */
import { DateTime, Effect, Layer, Option } from "effect"
import { BoardOverview, type Overview } from "../../src/domain/BoardOverview.ts"
import { type FailureDetail, type FailureKind, FailureKinds } from "../../src/domain/FailureKinds.ts"
import type { Job } from "../../src/domain/Job.ts"
import { JobDetails } from "../../src/domain/JobDetails.ts"
import { JobEstimates } from "../../src/domain/JobEstimates.ts"
import type { JobId } from "../../src/domain/JobId.ts"
import type { PromptRecord } from "../../src/domain/JobPrompt.ts"
import type { JobHistory } from "../../src/domain/JobReports.ts"
import type { ShownStatus } from "../../src/domain/JobStatus.ts"
import { JobStops } from "../../src/domain/JobStops.ts"
import { type LastAnswer, type Question, Questions } from "../../src/domain/Questions.ts"
import { type RestaurantDetail, type RestaurantHealth, Restaurants } from "../../src/domain/Restaurants.ts"
import { type Note, NoteChanged, type NoteSubject, TeamNotes } from "../../src/domain/TeamNotes.ts"
import { Workers } from "../../src/domain/Workers.ts"

interface Source {
  readonly jobs: ReadonlyMap<JobId, Job>
  readonly histories: ReadonlyMap<JobId, JobHistory>
  readonly now: () => number
  readonly statusOf: (job: Job) => ShownStatus
}

const keyOf = ({ about, subject }: NoteSubject) => `${about} ${subject}`

export class FakeBoard {
  /** Replaces parts of what is made from the jobs. */
  overview: Partial<Overview> = {}
  kinds: ReadonlyArray<FailureKind> = []
  readonly details = new Map<string, FailureDetail>()
  restaurants: ReadonlyArray<RestaurantHealth> = []
  readonly restaurantDetails = new Map<string, RestaurantDetail>()
  lastAnswer: LastAnswer | undefined
  readonly notes = new Map<string, ReadonlyArray<Note>>()

  constructor(readonly source: Source) {}

  #all = () => [...this.source.jobs.values()]

  #questions = (): ReadonlyArray<Question> =>
    this.#all().flatMap((job) => {
      const past = this.source.histories.get(job.id)?.prompts ?? []
      const open: ReadonlyArray<PromptRecord> = job.prompt === undefined ? [] : [{ ...job.prompt, state: "open" }]
      return [...past, ...open].map((prompt) => ({ prompt, job }))
    })

  #overview = (): Overview => {
    const statuses = this.#all().map((job) => ({ job, status: this.source.statusOf(job) }))
    const count = (status: ShownStatus) => statuses.filter((each) => each.status === status).length
    const [pending, scheduled, in_progress] = [count("pending"), count("scheduled"), count("in_progress")]
    const [retry_wait, needs_input, failed] = [count("retry_wait"), count("needs_input"), count("failed")]
    return {
      counts: { pending, scheduled, in_progress, retry_wait, needs_input, failed },
      failureKinds: this.kinds.length,
      newFailureKinds: 0,
      minutes: [],
      lanes: [{ lane: "browser", running: 0, capacity: 2, ready: 0 }],
      workers: { alive: 1, known: 1 },
      running: statuses.filter(({ status }) => status === "in_progress").map(({ job }) => job.id),
      databaseMs: 4,
      ...this.overview
    }
  }

  readonly layer = Layer.mergeAll(
    Layer.succeed(BoardOverview, { get: Effect.sync(this.#overview) }),
    Layer.succeed(Questions, {
      open: ({ kind, restaurantId } = {}) =>
        Effect.sync(() =>
          this.#questions()
            .filter(({ prompt }) => prompt.state === "open" && (kind === undefined || prompt.kind === kind))
            .filter(({ job }) => restaurantId === undefined || job.restaurantId === restaurantId)
            .toSorted((a, b) => a.prompt.deadline.epochMilliseconds - b.prompt.deadline.epochMilliseconds)
        ),
      byIds: (ids) => Effect.sync(() => this.#questions().filter(({ prompt }) => ids.includes(prompt.id))),
      lastAnswer: Effect.sync(() => this.lastAnswer)
    }),
    Layer.succeed(FailureKinds, {
      list: () => Effect.sync(() => this.kinds),
      get: (fingerprint) => Effect.sync(() => Option.fromNullishOr(this.details.get(fingerprint)))
    }),
    Layer.succeed(Restaurants, {
      list: ({ after = "", q = "" }) =>
        Effect.sync(() => ({
          restaurants: this.restaurants.filter(({ restaurantId }) => restaurantId > after && restaurantId.includes(q))
        })),
      get: (restaurantId) => Effect.sync(() => Option.fromNullishOr(this.restaurantDetails.get(restaurantId)))
    }),
    Layer.succeed(TeamNotes, {
      history: (subject) => Effect.sync(() => this.notes.get(keyOf(subject)) ?? []),
      write: (subject, { after, ...note }) =>
        Effect.suspend(() => {
          const known = this.notes.get(keyOf(subject)) ?? []
          const [last] = known
          if (after !== (last?.number ?? 0)) {
            return Effect.fail(new NoteChanged({ ...(last?.writtenBy !== undefined && { by: last.writtenBy }) }))
          }
          const writtenAt = DateTime.makeUnsafe(this.source.now())
          this.notes.set(keyOf(subject), [{ ...note, number: after + 1, writtenAt }, ...known])
          return Effect.void
        })
    })
  )
}

/** For tests of what never asks for it. */
export const noBoard = Layer.mergeAll(
  Layer.mock(BoardOverview, {}),
  Layer.mock(Questions, {}),
  Layer.mock(FailureKinds, {}),
  Layer.mock(Restaurants, {}),
  Layer.mock(TeamNotes, {}),
  Layer.mock(JobEstimates, {}),
  Layer.mock(JobDetails, {}),
  Layer.mock(JobStops, {}),
  Layer.mock(Workers, {})
)
