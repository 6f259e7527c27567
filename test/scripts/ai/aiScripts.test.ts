import { expect } from "bun:test"
import { Effect, Option } from "effect"
import { CurrentCaller } from "../../../src/domain/Caller.ts"
import { CurrentJob } from "../../../src/domain/CurrentJob.ts"
import { JobId, ReadableJobId } from "../../../src/domain/JobId.ts"
import type { JobReports } from "../../../src/domain/JobReports.ts"
import { JobNotFound, type Jobs } from "../../../src/domain/Jobs.ts"
import { aiScripts } from "../../../src/scripts/ai/AiScripts.ts"
import { makeAnswerConcierge } from "../../../src/scripts/ai/AnswerConcierge.ts"
import { makeOptimizeItinerary } from "../../../src/scripts/ai/OptimizeItinerary.ts"
import { makeResearch } from "../../../src/scripts/ai/Research.ts"
import { makeTestJob } from "../../../src/testing/TestJob.ts"
import { aJob } from "../../http/builders.ts"
import { it } from "../../support/effect.ts"
import type { AiRequest, Answering } from "../../support/FakeAi.ts"
import { nothing, startAi } from "./aiServices.ts"

const toolAnswers = ({ messages }: AiRequest) =>
  messages.filter(({ role }) => role === "tool").map(({ content }) => content ?? "")

const research: Answering = (request) => {
  if (request.object === "research_plan") return { object: { questions: ["When is it quiet?", "How to get there?"] } }
  if (request.tools.length === 0) return { text: "Go early, by tram." }
  const found = toolAnswers(request)
  if (found.length === 0) return { call: "search_sources", with: { words: "quiet mornings" } }
  return { text: "It is quiet before ten [S1], and [S9] says more." }
}

it.live("answers each sub-question from what tools gave, and drops sources that none gave", () =>
  Effect.gen(function* () {
    const { ai, services } = yield* startAi(research)
    const job = makeTestJob(makeResearch(services))

    const end = yield* job.run

    const source = { id: "S1", title: "Visitor guide", url: "https://example.com/guide" }
    expect(end).toMatchObject({
      result: {
        summary: "Go early, by tram.",
        findings: [{ question: "When is it quiet?", sources: [source] }, { sources: [source] }],
        warnings: []
      }
    })
    expect(ai.requests.flatMap(toolAnswers)[0]).toContain("The old town is quiet in the mornings")
    expect(job.log).toContain("Looks something up: search_sources")
  })
)

it.live("says that no source stands behind an answer when there are none", () =>
  Effect.gen(function* () {
    const { services } = yield* startAi(research)
    const job = makeTestJob(makeResearch(services), { input: { question: "When to go?", depth: "quick" } })

    expect(yield* job.run).toMatchObject({
      result: { warnings: ["No sources were given: everything here is the AI model’s own knowledge."] }
    })
  })
)

it.live("shows a text while it is written, without who is named in it", () =>
  Effect.gen(function* () {
    const long = `Dear Mr Okonkwo, ${"the castle opens early. ".repeat(30)}\n\nWrite to a@example.org.`
    const { services } = yield* startAi((request, number) =>
      request.object === undefined && request.tools.length === 0 ? { text: long } : research(request, number)
    )
    const job = makeTestJob(makeResearch(services), { input: { question: "When to go?", depth: "quick" } })

    const end = yield* job.run

    expect(end).toMatchObject({ result: { summary: long } })
    expect(job.steps.progress.length).toBeGreaterThan(50)
    expect(job.log.length).toBeGreaterThan(4)
    const shown = [...job.steps.progress, ...job.log].join("\n")
    expect(shown).toContain("Dear Mr [name]")
    expect(shown).not.toContain("Okonkwo")
    expect(shown).not.toContain("a@example.org")
  })
)

it.live("keeps a text with what a database would refuse in another form", () =>
  Effect.gen(function* () {
    const { services } = yield* startAi(() => ({ text: "No\0thing \ud83d failed." }))
    const job = makeTestJob(makeAnswerConcierge(services))

    expect(yield* job.run).toMatchObject({ result: { answer: "No\ufffdthing \ufffd failed." } })
  })
)

it.live("gives the better order with its reasons, and asks again for a fixed booking that was moved", () =>
  Effect.gen(function* () {
    const proposal = (lunch: string) => ({
      days: [
        {
          items: [
            { id: "market", start: "09:00", end: "10:00" },
            { id: "castle", start: "10:30", end: "12:30" },
            { id: "lunch", start: lunch, end: lunch === "13:00" ? "14:30" : null }
          ]
        }
      ],
      changes: [
        { id: "castle", what: "to the morning", why: "it is on the way" },
        { id: "moon", what: "added", why: "nice" }
      ]
    })
    const { ai, services } = yield* startAi((request) =>
      request.object === undefined
        ? { text: "You walk less now." }
        : { object: proposal(request.messages.length > 2 ? "13:00" : "12:00") }
    )

    const end = yield* makeTestJob(makeOptimizeItinerary(services)).run

    expect(end).toMatchObject({
      result: {
        days: [
          {
            date: "2026-05-04",
            items: [{ id: "market" }, { id: "castle", start: "10:30" }, { id: "lunch", start: "13:00" }]
          }
        ],
        changes: [{ id: "castle", why: "it is on the way" }],
        explanation: "You walk less now.",
        warnings: []
      }
    })
    expect(ai.requests[1]?.messages.at(-1)?.content).toContain("fixed ones on their day and at their time: lunch")
  })
)

const askedBy = aJob({ createdBy: "ana", organisationId: "north" })

/** A concierge who works for Ana of the organisation north. */
const concierge = (answering: Answering) =>
  Effect.gen(function* () {
    const callers: Array<string> = []
    const note = Effect.map(CurrentCaller, (caller) => {
      callers.push(
        Option.match(caller, { onNone: () => "nobody", onSome: (c) => `${c.subject} of ${c.organisationId}` })
      )
    })
    const failed = aJob({
      jobType: "tag",
      status: "failed",
      error: { code: "TIMEOUT", message: "Too slow.", retryable: true }
    })
    const jobs = nothing<typeof Jobs.Service>({
      get: (ref) => {
        if (ref === askedBy.id) return Effect.succeed(askedBy)
        return Effect.andThen(
          note,
          ref === failed.jobId ? Effect.succeed(failed) : Effect.fail(new JobNotFound({ ref }))
        )
      }
    })
    const reports = nothing<typeof JobReports.Service>({ list: () => Effect.as(note, { jobs: [failed] }) })
    const { ai, services } = yield* startAi(answering, { jobs, reports })
    const job = makeTestJob(makeAnswerConcierge(services))
    const running = Option.some({
      id: JobId.make(askedBy.id),
      jobId: ReadableJobId.make(askedBy.jobId),
      organisationId: "north",
      attempt: 1
    })
    return { ai, callers, failed, run: Effect.provideService(job.run, CurrentJob, running) }
  })

it.live("answers from the asking person's own jobs, in their name", () =>
  Effect.gen(function* () {
    const { ai, callers, failed, run } = yield* concierge((request) => {
      const looked = toolAnswers(request)
      if (looked.length === 0) return { call: "list_jobs", with: { status: "failed", jobType: null, text: null } }
      if (looked.length === 1) return { call: "read_job", with: { id: JSON.parse(looked[0]!).jobs[0].jobId } }
      return { text: "One job was too slow; retry it." }
    })

    const end = yield* run

    expect(end).toMatchObject({ result: { answer: "One job was too slow; retry it.", jobs: [failed.jobId] } })
    expect(callers).toEqual(["ana of north", "ana of north"])
    expect(toolAnswers(ai.requests[2]!)[1]).toContain("Too slow.")
  })
)

it.live("tells the model of a job that is not there, and makes it answer after some looks", () =>
  Effect.gen(function* () {
    const { ai, run } = yield* concierge(({ body }) =>
      body.tool_choice === "none"
        ? { text: "I find nothing." }
        : { call: "read_job", with: { id: "JOB_20260101_000000_00000000" } }
    )

    const end = yield* run

    expect(end).toMatchObject({ result: { answer: "I find nothing.", jobs: [] } })
    expect(ai.requests).toHaveLength(7)
    expect(toolAnswers(ai.requests[1]!)[0]).toContain("There is no such job.")
  })
)

it.live("tells a model what was wrong with its call of a tool, and takes the answer that follows", () =>
  Effect.gen(function* () {
    const wrong = [
      { call: "no_such_tool", with: {} },
      { call: "read_job", with: "{bad" }
    ]
    const { ai, run } = yield* concierge((_, number) => wrong[number - 1] ?? { text: "I found nothing." })

    const end = yield* run

    expect(end).toMatchObject({ result: { answer: "I found nothing." } })
    const told = toolAnswers(ai.requests[2]!)
    expect(told[0]).toContain("There are: list_jobs, read_job.")
    expect(told[1]).toContain("The arguments do not have the right form")
  })
)

it.live("gives a model up that does nothing but call tools in a wrong way, in words for people", () =>
  Effect.gen(function* () {
    const { ai, run } = yield* concierge(() => ({ call: "no_such_tool", with: {} }))

    const end = yield* run

    expect(end).toMatchObject({ status: "failed", error: { code: "VALIDATION_ERROR" } })
    expect(end.status === "failed" && end.error.message).toContain("although it was asked 3 times")
    expect(ai.requests).toHaveLength(3)
  })
)

it.live(
  "has descriptions, steps and examples that fit for all types, and says what is missing of those without a model",
  () =>
    Effect.gen(function* () {
      const { services } = yield* startAi(() => "stall")

      const types = aiScripts({ services })
      const missing = aiScripts({ services, missing: "no model." })

      for (const type of types) {
        expect(type.fault).toBeUndefined()
        yield* type.parseInput(type.example())
      }
      expect(missing.map(({ fault, steps }) => [fault?.message, steps.length > 0])).toEqual(
        Array(4).fill(["no model.", true])
      )
    })
)
