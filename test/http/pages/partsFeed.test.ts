import { expect } from "bun:test"
import { Effect } from "effect"
import { localCaller } from "../../../src/domain/Caller.ts"
import { type OpenPrompt, PromptId } from "../../../src/domain/JobPrompt.ts"
import { failuresChanges } from "../../../src/http/pages/failuresRoutes.tsx"
import { inboxChanges } from "../../../src/http/pages/inboxRoutes.tsx"
import { nowChanges } from "../../../src/http/pages/nowRoutes.tsx"
import { makePartsFeed, type Parts, withFrame } from "../../../src/http/pages/PartsFeed.ts"
import { restaurantChanges } from "../../../src/http/pages/restaurantsRoutes.tsx"
import { it } from "../../support/effect.ts"
import { at, FakeJobs, NOW_MS } from "../../support/FakeJobs.ts"
import { tagDishes } from "../../support/tagDishes.ts"
import { aKind } from "../../views/kinds.ts"
import { makeBoard } from "./testBoard.ts"

const idOf = (number: number) => PromptId.make(`01912d68-783e-7a3a-8c1e-4f0f2f6b9a1${number}`)

const aPrompt = (number: number, askedAtMs: number): OpenPrompt => ({
  id: idOf(number),
  kind: "otp",
  label: `Code ${number}`,
  attempt: 1,
  timesAsked: 1,
  askedAt: at(askedAtMs),
  deadline: at(NOW_MS + 600_000)
})

/** A page that was made at `NOW_MS`, and what its stream would send, again and again. */
const watching = (
  fake: FakeJobs,
  changesOf: (params: URLSearchParams) => Parts,
  params: Readonly<Record<string, string>>
) => {
  const { run } = makeBoard({ fake })
  const feed = withFrame(
    makePartsFeed(changesOf(new URLSearchParams({ at: String(NOW_MS), ...params })), localCaller),
    true,
    localCaller
  )
  return Effect.promise(async () => {
    const exit = await run(Effect.all([feed.update([{ _tag: "Gap" }]), feed.news]))
    return exit._tag === "Success" ? exit.value.join("") : String(exit.cause)
  })
}

const board = () => new FakeJobs([tagDishes], () => NOW_MS)

it.live("sends what a page shows as it is, and then only what changed", () =>
  Effect.gen(function* () {
    const fake = board()
    const running = fake.seed({ status: "in_progress", attempts: 1, progress: { percent: 10, totalSteps: 3 } })
    const look = watching(fake, nowChanges, { ids: running.id })
    const first = yield* look

    const nothing = yield* look
    fake.change(running.id, { progress: { percent: 40, totalSteps: 3 } })
    const moved = yield* look
    fake.change(running.id, { status: "completed", completedAt: at(NOW_MS) })
    const ended = yield* look

    for (const id of ["now-greeting", "now-throughput", "now-health", "nav-inbox", `job-${running.id}`]) {
      expect(first).toContain(`hx-target="#${id}"`)
    }
    expect(nothing).toBe("")
    expect(moved).toContain('value="40"')
    expect(moved).not.toContain("now-health")
    expect(ended).toContain(`<li id="job-${running.id}" class="running-line left"`)
    expect(ended).toContain("Done")
  })
)

it.live("puts nothing between what is shown, but says that there is more", () =>
  Effect.gen(function* () {
    const fake = board()
    const shown = fake.seed({ status: "in_progress", attempts: 1 })
    fake.board.kinds = [aKind({ lastFailedAt: at(NOW_MS - 1) })]
    const look = watching(fake, nowChanges, { ids: shown.id })
    const before = yield* look

    const added = fake.seed({ status: "in_progress", attempts: 1 })
    fake.seed({ status: "in_progress", prompt: aPrompt(1, NOW_MS + 1_000) })
    fake.board.kinds = [aKind({ lastFailedAt: at(NOW_MS + 1) })]
    const after = yield* look

    expect(before).not.toContain("show</a>")
    expect(after).toContain("1 new question, 1 new failure, 1 more job runs – show")
    expect(after).not.toContain(`<li id="job-${added.id}"`)
    expect(after).toContain('<p data-important="" class="toast visually-hidden">1 job needs you now.</p>')
    expect(before).not.toContain("needs you now")
    expect(after).toContain('id="nav-inbox" class="nav-count" data-count="1"')
  })
)

it.live("folds the card of a question that somebody answered, and raises the pill for a new one", () =>
  Effect.gen(function* () {
    const fake = board()
    const job = fake.seed({ status: "in_progress", attempts: 1, prompt: aPrompt(1, NOW_MS - 60_000) })
    fake.seed({ status: "in_progress", attempts: 1, prompt: aPrompt(2, NOW_MS - 60_000) })
    const look = watching(fake, inboxChanges, { prompts: `${idOf(1)},${idOf(2)},nonsense` })
    const before = yield* look

    const { prompt, ...rest } = job
    fake.histories.set(job.id, {
      attempts: [],
      steps: [],
      prompts: [{ ...prompt!, state: "answered", answeredAt: at(NOW_MS), answeredBy: "op-2" }]
    })
    fake.jobs.set(job.id, rest)
    fake.seed({ status: "in_progress", attempts: 1, prompt: aPrompt(3, NOW_MS + 1_000) })
    const after = yield* look

    expect(before).toContain(`hx-target="#question-${idOf(1)}"`)
    expect(before).not.toContain("show</a>")
    expect(after).toContain(">06:00 UTC</time>. The job goes on.")
    expect(after).toContain("1 new question – show")
    expect(after).not.toContain(`question-${idOf(2)}`)
    expect(after).not.toContain(`question-${idOf(3)}`)
  })
)

it.live("changes the counts of the kinds of failure that are shown, in their places", () =>
  Effect.gen(function* () {
    const fake = board()
    const other = aKind({ fingerprint: "f".repeat(16), lastFailedAt: at(NOW_MS + 5) })
    fake.board.kinds = [aKind()]
    const look = watching(fake, failuresChanges, { kinds: aKind().fingerprint })
    yield* look

    fake.board.kinds = [other, aKind({ lastDay: 13 })]
    const after = yield* look

    expect(after).toMatch(/<tr id="kind-0123456789abcdef"[\s\S]*13\s*<\/td>/u)
    expect(after).toContain("1 more kind of failure – show")
    expect(after).not.toContain(`kind-${other.fingerprint}`)
  })
)

it.live("keeps the checklist and the jobs of a restaurant as they are now", () =>
  Effect.gen(function* () {
    const fake = board()
    const job = fake.seed({ restaurantId: "roma", status: "in_progress", attempts: 1 })
    fake.board.restaurantDetails.set("roma", {
      restaurantId: "roma",
      latest: [],
      answers: [],
      labels: [],
      ended: { days: [] }
    })
    const look = watching(fake, restaurantChanges, { restaurant: "roma", ids: job.id })
    const before = yield* look

    fake.change(job.id, { status: "failed" })
    fake.seed({ restaurantId: "roma" })
    const after = yield* look

    expect(before).toContain('hx-target="#checklist"')
    expect(after).toContain(`<tr id="job-${job.id}" class="job"`)
    expect(after).toContain("1 new job – show")
  })
)
