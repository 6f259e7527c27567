import { expect, test } from "bun:test"
import { type OpenPrompt, PromptId } from "../../../src/domain/JobPrompt.ts"
import { at, FakeJobs, NOW_MS } from "../../support/FakeJobs.ts"
import { tagDishes } from "../../support/tagDishes.ts"
import { aKind } from "../../views/kinds.ts"
import { bodyOf, makeBoard, partial, textOf } from "./testBoard.ts"

const PROMPT = PromptId.make("01912d68-783e-7a3a-8c1e-4f0f2f6b9a10")

const aPrompt = (fields: Partial<OpenPrompt> = {}): OpenPrompt => ({
  id: PROMPT,
  kind: "otp",
  label: "Code from the text message",
  step: "sign-in",
  attempt: 1,
  timesAsked: 1,
  askedAt: at(NOW_MS - 60_000),
  deadline: at(NOW_MS + 252_000),
  ...fields
})

const board = () => makeBoard({ fake: new FakeJobs([tagDishes], () => NOW_MS) })

const asking = (fields: Partial<OpenPrompt> = {}) => {
  const made = board()
  const ask = (id: string, deadlineMs: number, rest: Partial<OpenPrompt> = {}) =>
    made.fake.seed({
      status: "in_progress",
      attempts: 1,
      restaurantId: "Trattoria <Roma>",
      prompt: aPrompt({ id: PromptId.make(id), deadline: at(NOW_MS + deadlineMs), ...rest })
    })
  const job = ask(PROMPT, 252_000, fields)
  const send = (form: Record<string, string>, headers: Record<string, string> = {}) =>
    made.post(`/inbox/${job.jobId}/answer`, { promptId: PROMPT, ...form }, headers)
  return { ...made, ask, job, send }
}

test("shows on one page what needs somebody, what runs, what broke and whether it is healthy", async () => {
  const { fake, get } = asking()
  const running = fake.seed({
    status: "in_progress",
    attempts: 1,
    startedAt: at(NOW_MS - 90_000),
    progress: { percent: 40, step: 2, totalSteps: 3, stepName: "add-tags" }
  })
  fake.board.kinds = [aKind({ firstFailedAt: at(NOW_MS - 60_000), lastHour: 9 })]

  const html = await bodyOf(get("/"))
  const text = await textOf(get("/"))

  expect(html).toContain('<a href="/inbox">1 job needs you</a>')
  expect(html).toContain(`id="question-${PROMPT}"`)
  expect(html).toContain(`<li id="job-${running.id}"`)
  expect(text).toContain("Step 2 of 3: Add tags.")
  expect(html).toContain('<a href="/failures/0123456789abcdef">Login rejected: wrong password</a>')
  expect(text).toMatch(/new .*12 failures 9 in the last hour/u)
  expect(text).toContain("Nothing ended in the last hour.")
  expect(text).toContain("Database answers in under 10 ms")
  expect(html).toContain(`/events?page=now&amp;ids=${running.id}&amp;prompts=${PROMPT}&amp;kinds=0123456789abcdef`)
})

test("says so when nothing needs anybody, and offers newcomers a practice job", async () => {
  const { fake, get } = board()
  const empty = await textOf(get("/"))
  fake.seed({ status: "in_progress", startedAt: at(NOW_MS - 240_000) })

  const busy = await textOf(get("/"))

  expect(empty).toContain("Nothing needs you, and nothing runs.")
  expect(empty).toContain("Run a practice job")
  expect(busy).toContain("Nothing needs you. 1 job runs, for ")
  expect(busy).not.toContain("Run a practice job")
})

test("names the open questions in the navigation and the title of every page, and what stops work", async () => {
  const { fake, get } = asking()
  fake.board.overview = { lanes: [{ lane: "browser", running: 2, capacity: 2, ready: 14 }] }

  const pages = await Promise.all(["/jobs", "/help", "/failures"].map((path) => bodyOf(get(path))))

  for (const html of pages) {
    expect(html).toMatch(/<title>\(1\) \w+ · Callboard<\/title>/u)
    expect(html).toContain('<span id="nav-inbox" class="nav-count" data-count="1" title="1 open question">1')
    expect(html).toContain("All browsers are in use (2 of 2), and 14 jobs wait.")
  }
})

test("lists questions by their deadline, with the job, the restaurant and what its browser shows", async () => {
  const { ask, get } = asking()
  const other = "01912d68-783e-7a3a-8c1e-4f0f2f6b9a11"
  const sooner = ask(other, 60_000, { kind: "confirm", label: "Publish it?" })

  const html = await bodyOf(get("/inbox"))
  const codes = await bodyOf(get("/inbox?kind=otp"))

  expect(html.indexOf(`question-${other}`)).toBeLessThan(html.indexOf(`question-${PROMPT}`))
  expect(html).toContain(`<img src="/jobs/${sooner.jobId}/live.jpg?size=small"`)
  expect(html).toContain('href="/restaurants/Trattoria%20%3CRoma%3E">Trattoria &lt;Roma&gt;</a>')
  expect(codes).not.toContain(`question-${other}`)
  expect(codes).toContain(`question-${PROMPT}`)
  expect(new Set(html.match(/ id="[^"]+"/gu)).size).toBe(html.match(/ id="[^"]+"/gu)?.length ?? 0)
})

test("says who answered last when nothing is asked", async () => {
  const { fake, get } = board()
  fake.board.lastAnswer = { at: at(NOW_MS - 7_200_000), by: "op-2" }

  expect(await textOf(get("/inbox"))).toContain("Nothing needs you. Last question answered by op-2 2 h ago")
})

test("answers where the question stands, folds its card, and says nothing of the answer", async () => {
  const { fake, send } = asking()

  const response = await send({ value: "123 456" }, partial)
  const html = await response.text()

  expect(response.status).toBe(200)
  expect(fake.answers).toEqual(["123456"])
  expect(html).toContain(`hx-target="#question-${PROMPT}"`)
  expect(html).toContain(">06:00 UTC</time>. The job goes on.")
  expect(html).toContain("Sent. Waiting for the site…")
  expect(html).not.toContain("123456")
})

test("answers without a script, and goes back to the Inbox", async () => {
  const { fake, send } = asking({ kind: "confirm" })

  const response = await send({ sure: "no" })

  expect([response.status, response.headers.get("location")]).toEqual([303, "/inbox"])
  expect(fake.answers).toEqual([false])
})

test("tells the second who answers that somebody was faster", async () => {
  const { fake, send } = asking()
  await send({ value: "123456" })

  const fragment = await send({ value: "654321" }, partial)
  const page = await send({ value: "654321" })

  expect([fragment.status, page.status]).toEqual([409, 409])
  expect(await bodyOf(fragment)).toMatch(/#toasts-alert[\s\S]*Somebody answered this already/u)
  expect(await textOf(page)).toContain("Not sent. Somebody answered this already at 06:00:00 UTC .")
  expect(fake.answers).toEqual(["123456"])
})

test("says in the card what was wrong with an answer, and does not send it back", async () => {
  const { fake, send } = asking()

  const fragment = await send({ value: "12#456" }, partial)
  const page = await send({ value: "12#456" })
  const texts = [await fragment.text(), await page.text()]

  expect([fragment.status, page.status]).toEqual([422, 422])
  for (const html of texts) {
    expect(html).toContain("Expected the code: digits and letters only.")
    expect(html).toContain('aria-invalid="true"')
    expect(html).not.toContain("12#456")
  }
  expect(fake.answers).toEqual([])
})

test("refuses an answer to a job that is not there", async () => {
  const { post } = board()

  expect((await post("/inbox/JOB_20200101_000000_00000000/answer", { promptId: PROMPT, value: "1" })).status).toBe(404)
})

test("tells tabs that nobody sees how many questions wait", async () => {
  const response = await asking().get("/inbox/count")

  expect(await response.json()).toEqual({ questions: 1 })
})
