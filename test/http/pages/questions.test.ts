import { expect, test } from "bun:test"
import type { Job } from "../../../src/domain/Job.ts"
import { type OpenPrompt, PromptId } from "../../../src/domain/JobPrompt.ts"
import { at, FakeJobs, NOW_MS } from "../../support/FakeJobs.ts"
import { tagDishes } from "../../support/tagDishes.ts"
import { bodyOf, makeBoard, partial, textOf } from "./testBoard.ts"

const aPrompt = (fields: Partial<OpenPrompt> = {}): OpenPrompt => ({
  id: PromptId.make("01912d68-783e-7a3a-8c1e-4f0f2f6b9a10"),
  kind: "otp",
  label: "Code from the text message",
  hint: "Ends in 42",
  step: "sign-in",
  attempt: 1,
  timesAsked: 1,
  askedAt: at(NOW_MS - 60_000),
  deadline: at(NOW_MS + 252_000),
  ...fields
})

const asking = (fields: Partial<OpenPrompt> = {}) => {
  const board = makeBoard({ fake: new FakeJobs([tagDishes], () => NOW_MS) })
  const prompt = aPrompt(fields)
  const job = board.fake.seed({
    status: "in_progress",
    attempts: 1,
    startedAt: at(NOW_MS - 90_000),
    progress: { percent: 0, step: 1, totalSteps: 3, stepName: "sign-in" },
    waitingFor: [{ code: "needs_input", since: prompt.askedAt, until: prompt.deadline }],
    prompt
  } satisfies Partial<Job>)
  const send = (form: Record<string, string>, headers: Record<string, string> = {}) =>
    board.post(`/jobs/${job.jobId}/input`, { promptId: prompt.id, ...form }, headers)
  return { ...board, job, prompt, send }
}

test("asks for a code in a form that needs no script, and says how long it can be answered", async () => {
  const { get, job, prompt } = asking()

  const html = await bodyOf(get(`/jobs/${job.jobId}`))

  expect(html).toContain(`action="/jobs/${job.jobId}/input"`)
  expect(html).toContain(`name="promptId" value="${prompt.id}"`)
  expect(html).toMatch(/<input type="text"[^>]*inputmode="numeric"[^>]*autocomplete="one-time-code"/u)
  expect(html).toContain(`<time datetime="2026-11-24T06:04:12.000Z" data-rel="left"`)
  expect(await textOf(get(`/jobs/${job.jobId}`))).toContain("Needs an answer: Code from the text message.")
  expect(html).not.toContain("Why it waits")
})

test("offers choices as radio buttons and a confirmation as two buttons", async () => {
  const choice = asking({ kind: "choice", choices: ["Lunch", "Dinner"], timesAsked: 2 })
  const confirm = asking({ kind: "confirm", label: "Publish it?" })

  const choices = await bodyOf(choice.get(`/jobs/${choice.job.jobId}`))
  const buttons = await bodyOf(confirm.get(`/jobs/${confirm.job.jobId}`))

  expect(choices.match(/type="radio"/gu)).toHaveLength(2)
  // Firefox would choose the same of the next question that stands in this place.
  expect(choices).toMatch(/<form[^>]*class="question-form"[^>]*autocomplete="off"/u)
  expect(choices).toContain("Asked 2 times.")
  expect(buttons).toMatch(/name="sure" value="yes"[\s\S]*name="sure" value="no"/u)
})

test("names cards of one type by their restaurants", async () => {
  const board = asking()
  board.fake.change(board.job.id, { restaurantId: "trattoria-vier" })

  expect(await bodyOf(board.get("/inbox"))).toContain('aria-label="Add item tags · trattoria-vier"')
})

test("lists a job that asks as one that needs somebody, counts it, and finds it by that", async () => {
  const { fake, get } = asking()
  fake.seed({ status: "in_progress" })

  const text = await textOf(get("/jobs?status=needs_input"))

  expect(text).toContain("Needs you 1")
  expect(text).toContain("Running 1")
  expect(text).toMatch(/Needs an answer: Code from the text message\./u)
  expect(text).not.toContain("Starting.")
})

test.each(["/jobs", "/inbox"])("says on %s that the time to answer is up, and no more", async (path) => {
  const { get } = asking({ deadline: at(0) })

  const text = await textOf(get(path))

  expect(text).toContain("time is up")
  expect(text).not.toContain("to answer")
})

test("sends the answer, and then waits for the site", async () => {
  const { fake, get, job, send } = asking()

  const response = await send({ value: "123 456" })
  const text = await textOf(get(`/jobs/${job.jobId}`))

  expect([response.status, response.headers.get("location")]).toEqual([303, `/jobs/${job.jobId}`])
  expect(fake.answers).toEqual(["123456"])
  expect(text).toContain("Sent. Waiting for the site…")
  expect(text).toContain("Somebody answered")
  expect(text).not.toContain("123456")
})

test("answers yes and no", async () => {
  const yes = asking({ kind: "confirm" })
  const no = asking({ kind: "confirm" })
  await yes.send({ sure: "yes" })
  await no.send({ sure: "no" })

  expect([yes.fake.answers, no.fake.answers]).toEqual([[true], [false]])
})

test("tells the second who answers that somebody was faster", async () => {
  const { fake, send } = asking()
  await send({ value: "123456" })

  const page = await send({ value: "654321" })
  const fragment = await send({ value: "654321" }, partial)

  expect([page.status, fragment.status]).toEqual([409, 409])
  expect(await textOf(page)).toContain("Not sent. Somebody answered this already at 06:00:00 UTC .")
  expect(await bodyOf(fragment)).toContain("#toasts-alert")
  expect(fake.answers).toEqual(["123456"])
})

test("says beside the box what was wrong with an answer, and does not send it back", async () => {
  const { fake, send } = asking()

  const page = await send({ value: "12#456" })
  const html = await bodyOf(page)

  expect(page.status).toBe(422)
  expect(html).toContain("Expected the code: digits and letters only.")
  expect(html).toContain('aria-invalid="true"')
  expect(html).not.toContain("12#456")
  expect(fake.answers).toEqual([])
  expect(await bodyOf(send({ value: "12#456" }, partial))).toContain("Not sent. Expected the code")
})

test("keeps who answered what, without the answer", async () => {
  const { fake, get, job, prompt } = asking()
  const past = { ...prompt, id: PromptId.make("01912d68-783e-7a3a-8c1e-4f0f2f6b9a11") }
  fake.histories.set(job.id, {
    attempts: [],
    steps: [],
    prompts: [
      { ...past, state: "answered", answeredAt: at(NOW_MS - 120_000), answeredBy: "Ada" },
      { ...past, state: "timed_out" }
    ]
  })

  const text = await textOf(get(`/jobs/${job.jobId}`))

  expect(text).toContain("Ada answered 2 min ago")
  expect(text).toContain("Nobody answered in time, asked 1 min ago")
})

test("says that a question is not asked yet only as long as it may still be asked", async () => {
  const { fake, get, job, prompt } = asking()
  const put = async (closed: object) => {
    fake.histories.set(job.id, { attempts: [], steps: [], prompts: [{ ...prompt, state: "postponed", ...closed }] })
    return await textOf(get(`/jobs/${job.jobId}`))
  }

  expect(await put({})).toContain("Not asked yet, because other questions waited 1 min ago")
  expect(await put({ closedAt: at(NOW_MS) })).toContain("Put off, because other questions waited 1 min ago")
})
