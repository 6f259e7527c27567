import { expect, test } from "bun:test"
import { Effect, Schema } from "effect"
import type { AuditEntry } from "../../../src/domain/AuditLog.ts"
import { defineJobType } from "../../../src/domain/JobType.ts"
import { at, FakeJobs } from "../../support/FakeJobs.ts"
import { bodyOf, makeBoard, partial, textOf } from "./testBoard.ts"

const stats = { runs: 30, p25Ms: 1_000, medianMs: 2_000, p75Ms: 3_000, p90Ms: 4_000 }

const makeFailed = () => {
  const board = makeBoard()
  const job = board.fake.seed({ status: "failed", attempts: 2, lane: "default", createdBy: "op-1" })
  const first = { attempt: 1, startedAt: at(0), endedAt: at(2_000) }
  const second = { attempt: 2, startedAt: at(60_000), endedAt: at(63_000) }
  board.fake.histories.set(job.id, {
    attempts: [
      { ...first, worker: "w1", outcome: "failed", error: { code: "TIMEOUT", message: "No menu", retryable: true } },
      { ...second, worker: "w2", outcome: "failed" }
    ],
    steps: [
      { ...first, name: "sign-in", outcome: "completed", kept: true },
      { ...first, name: "add-tags", outcome: "failed", kept: false },
      { ...second, name: "add-tags", outcome: "failed", kept: false }
    ],
    prompts: []
  })
  const page = (tab: string) => board.get(`/jobs/${job.jobId}/${tab}`)
  return { ...board, job, page }
}

test("names the open tab in the title of the page, so that tabs of one job are told apart", async () => {
  const { get, job, page } = makeFailed()
  const titleOf = async (response: Response | Promise<Response>) =>
    /<title>(?:\([\d+]+\) )?(.*) · Callboard<\/title>/u.exec(await bodyOf(response))?.[1]

  const name = (await titleOf(get(`/jobs/${job.jobId}`))) ?? ""

  expect(name).toStartWith("Add item tags")
  expect(await titleOf(page("log"))).toBe(`Log · ${name}`)
  expect(await titleOf(page("history"))).toBe(`History · ${name}`)
})

test("shows each step of each try on a line of time, with what is usual", async () => {
  const { fake, page } = makeFailed()
  fake.insights.estimates.set("add-item-tags", {
    times: stats,
    ended: 30,
    failed: 0,
    durationsMs: [],
    steps: new Map([["check", { times: stats, failed: 0 }]])
  })

  const [text, html] = [await textOf(page("steps")), await bodyOf(page("steps"))]

  expect(text).toContain("Done: 1 Sign in 1 2 s")
  expect(text).toMatch(/Failed: 2 Add tags 1 2 s Failed: 2 Add tags 2 3 s Not started: 3 Check the result – usual 2 s/u)
  expect(html).toMatch(/<rect class="wf-failed" x="[\d.]+%" width="[\d.]+%"/u)
  expect(html).not.toContain("style=")
})

test("opens the details of one step by its address, and narrows to a try or to problems", async () => {
  const { fake, job, page } = makeFailed()
  fake.log(job.id, "18 of 40", { step: "add-tags", attempt: 2 })

  const opened = await bodyOf(page("steps?step=2.add-tags"))
  const [second, problems] = [await textOf(page("steps?attempt=2")), await textOf(page("steps?problems=only"))]

  expect(opened).toMatch(/q=add-tags">1 line</u)
  expect(opened).toContain(`href="/jobs/${job.jobId}/retry?from=add-tags"`)
  expect(second).not.toContain("Done: 1 Sign in")
  expect(problems).not.toContain("Sign in 1")
})

test("filters the log by level and text, and folds similar lines", async () => {
  const { fake, job, page } = makeFailed()
  for (let n = 1; n <= 5; n++) fake.log(job.id, `uploaded img_${n}.jpg`)
  fake.log(job.id, "<b>slow</b>", { level: "warn" })

  const [all, warnings] = [await bodyOf(page("log")), await textOf(page("log?level=warn"))]

  expect(all).toContain("4 similar lines")
  expect(all).toContain('href="#l6"')
  expect(all).toContain("&lt;b&gt;slow")
  expect(warnings).not.toContain("uploaded")
  expect(await textOf(page("log?q=img_3"))).toContain("uploaded img_3.jpg")
  expect(await textOf(page("log?q=nothing"))).not.toContain("uploaded")
})

test("wraps long lines of the log, unless its address says otherwise", async () => {
  const { fake, job, page } = makeFailed()
  fake.log(job.id, "one")

  const [wrapped, long] = [await bodyOf(page("log")), await bodyOf(page("log?level=info&wrap=off"))]

  expect(wrapped).not.toContain("log-unwrapped")
  expect(long).toContain("log-unwrapped")
  expect(long).toMatch(/<input type="checkbox" name="wrap" value="off" checked/u)
  expect(long).toContain("&amp;tab=log&amp;level=info&amp;v=")
})

test("answers a change of the log's filter with that part of the page and its address", async () => {
  const { get, job } = makeFailed()

  const response = await get(`/jobs/${job.jobId}/log?level=error&q=&wrap=off&nonsense=1`, partial)

  expect(response.headers.get("hx-replace-url")).toBe(`/jobs/${job.jobId}/log?level=error&wrap=off`)
  expect(await response.text()).toMatch(/^<section class="card" id="job-log"/u)
})

test("gives the whole log and the masked input as files", async () => {
  const { fake, job, page } = makeFailed()
  fake.change(job.id, { input: { portal: { email: "a@b.example", password: "hunter2" } } })
  fake.log(job.id, "hello", { step: "sign-in" })

  const [log, input] = [await page("log.txt"), await page("data/input.json")]

  expect(log.headers.get("content-disposition")).toContain(`${job.jobId}-log.txt`)
  expect(await log.text()).toMatch(/ try 1 info {2}\[sign-in\] hello\n$/u)
  expect(await input.json()).toEqual({ portal: { email: "a@b.example", password: "••••" } })
  expect((await page("data/secrets.json")).status).toBe(404)
})

test("tells engineers which worker had the last try", async () => {
  const { get, job } = makeFailed()

  expect(await textOf(get(`/jobs/${job.jobId}`))).toMatch(/For engineers .*Lane default Worker w2 /u)
})

test("names kept steps without what they gave", async () => {
  const { fake, job, page } = makeFailed()
  fake.insights.checkpoints.set(job.id, [{ name: "sign-in", attempt: 1, at: at(2_000) }])

  expect(await textOf(page("data"))).toMatch(/Kept steps .*shown to nobody\. Sign in try 1/u)
})

test("tells all that happened, newest first, or only what people did", async () => {
  const { page } = makeFailed()

  const [all, people] = [await textOf(page("history")), await textOf(page("history?who=people"))]

  expect(all).toMatch(/op-1 started the job .*try 2 failed.*worker w2 started try 2.*try 1 failed: No menu\./u)
  expect(people).toContain("op-1 started the job")
  expect(people).not.toContain("worker w2")
})

test("tells who started, stopped and retried a job, and nothing of another organisation or job", async () => {
  const { audit, fake, job, page } = makeFailed()
  const begun = job.createdAt.epochMilliseconds
  const entry = (action: AuditEntry["action"], second: number, rest: Partial<AuditEntry> = {}): AuditEntry => ({
    ...{ id: `018f0000-0000-7000-8000-00000000000${second}`, via: "key", subject: "key-1", name: "Olga" },
    ...{ action, at: at(begun + second * 1_000), target: job.jobId, ...rest }
  })
  const [pending, running] = [{ status: "pending" }, { status: "in_progress" }]
  fake.change(job.id, { cancelRequestedAt: at(begun + 6_000) })
  audit.set("default", [
    entry("cancel", 6, { name: "Ben", before: running, after: { ...running, cancelling: true } }),
    entry("retry", 5, { reason: "from add-tags", after: { ...pending, changedInput: ["bank", "email"] } }),
    entry("answer", 4),
    entry("retry", 3, { reason: "from start" }),
    entry("cancel", 2, { before: pending, after: { status: "cancelled" } }),
    entry("create", 1, { name: "Ada" }),
    entry("cancel", 7, { target: "JOB_20261124_050000_00000000", name: "Eve" })
  ])
  audit.set("north", [entry("cancel", 8, { name: "Mallory" })])

  const people = await textOf(page("history?who=people"))

  expect(people).toMatch(
    /Ben asked it to stop .*Olga retried it from the step “Add tags”, with another input \(bank, email\) .*Olga retried it from the beginning .*Olga cancelled it .*Ada started the job/u
  )
  expect(people).not.toMatch(/Mallory|Eve|somebody|op-1/u)
})

test("names nobody where a job was stopped together with many others", async () => {
  const { fake, job, page } = makeFailed()
  fake.change(job.id, { cancelRequestedAt: at(job.createdAt.epochMilliseconds + 6_000) })

  expect(await textOf(page("history?who=people"))).toMatch(/somebody asked it to stop .*op-1 started the job/u)
})

test("shows the plan before a retry, and retries from the chosen step", async () => {
  const { fake, job, page, post } = makeFailed()

  const plan = await textOf(page("retry"))
  const over = await textOf(page("retry?from=start"))
  const retried = await post(`/jobs/${job.jobId}/retry`, { from: "add-tags" })

  expect(plan).toContain("Retry from step 2 (keeps step 1)")
  expect(plan).toContain("What step 1 did is kept and not done again. The rest runs.")
  expect(plan).toMatch(/Add tags runs again .*runs /u)
  expect(over).toContain("Nothing is kept: all steps run from the beginning.")
  expect(retried.status).toBe(303)
  expect(fake.jobs.get(job.id)?.status).toBe("pending")
})

test("retries a step that repeats as a whole, or one of its runs", async () => {
  const trip = defineJobType({
    name: "trip",
    title: "Trip",
    description: "Plans days.",
    lane: "default",
    input: Schema.Struct({}),
    result: Schema.Null,
    steps: [
      { name: "outline", title: "Outline" },
      { name: "day", title: "Plan a day", repeats: true },
      { name: "join", title: "Put it together" }
    ],
    example: {},
    run: () => Effect.succeed(null)
  })
  const { fake, get } = makeBoard({ fake: new FakeJobs([trip]) })
  const error = { code: "TIMEOUT", message: "Too slow", retryable: true, step: "day-2" } as const
  const job = fake.seed({ jobType: "trip", status: "failed", attempts: 1, error })
  const done = { attempt: 1, startedAt: at(0), endedAt: at(2_000), outcome: "completed", kept: true } as const
  fake.histories.set(job.id, {
    attempts: [],
    steps: [
      ...["outline", "day-1", "day-3"].map((name) => ({ ...done, name })),
      { ...done, name: "day-2", outcome: "failed", kept: false }
    ],
    prompts: []
  })

  const overview = await textOf(get(`/jobs/${job.jobId}`))
  const steps = await bodyOf(get(`/jobs/${job.jobId}/steps?step=1.day-1`))
  const all = await textOf(get(`/jobs/${job.jobId}/retry?from=day`))
  const one = await textOf(get(`/jobs/${job.jobId}/retry?from=day-1`))

  expect(overview).toMatch(/At step 2 of 3, “Plan a day 2”.*Retry from step 2…|Retry from step 2….*At step 2 of 3/u)
  expect(steps).toContain(`href="/jobs/${job.jobId}/retry?from=day-1"`)
  expect(all).toContain("1 Outline 2 Plan a day, all 2 Plan a day 1 2 Plan a day 2 2 Plan a day 3 3 Put it together")
  expect(all).toContain("What step 1 did is kept and not done again. The rest runs.")
  expect(all).toContain("Outline kept Plan a day 1 runs again Plan a day 2 runs again Plan a day 3 runs again")
  expect(one).toContain("What step 1 and a part of step 2 did is kept and not done again. The rest runs.")
  expect(one).toContain("Outline kept Plan a day 1 runs again Plan a day 2 runs again Plan a day 3 kept")
})

test("offers to stop at once what does not stop within a minute, and does so", async () => {
  const { fake, get, post } = makeBoard()
  const asked = (ms: number) =>
    fake.seed({ status: "in_progress", attempts: 1, cancelRequestedAt: at(Date.now() - ms) })
  const [early, late] = [asked(50_000), asked(70_000)]

  expect(await textOf(get(`/jobs/${early.jobId}`))).not.toContain("Stop now")
  expect(await textOf(get(`/jobs/${late.jobId}`))).toContain("Stop now")
  expect((await post(`/jobs/${late.jobId}/stop`)).status).toBe(303)
  expect(fake.jobs.get(late.id)?.status).toBe("cancelled")
})

test("retries with another input: shows what changes, then what is wrong, then does it", async () => {
  const { fake, job, page, post } = makeFailed()
  const input = { portal: { email: "a@b.example", password: "••••" }, restaurantId: "x", dishes: [], overwrite: false }
  fake.change(job.id, { input })
  const form = {
    "input.portal.email": "a@b.example",
    "input.portal.password": "••••",
    "input.restaurantId": "y",
    "input.dishes.length": "0"
  }
  const send = (more: Record<string, string>) => post(`/jobs/${job.jobId}/retry/changes`, { ...form, ...more })

  const asked = await bodyOf(page("retry/changes"))
  const looked = await textOf(send({ look: "yes" }))
  const wrong = await send({ "input.restaurantId": "" })
  const done = await send({ from: "start" })

  expect(asked).toContain('value="a@b.example"')
  expect(looked).toMatch(/What changes .*restaurantId "?&quot;x&quot;"? &quot;y&quot;/u)
  expect([wrong.status, await textOf(wrong)]).toEqual([422, expect.stringContaining("Fill this in.")])
  expect([done.status, fake.jobs.get(job.id)?.status]).toEqual([303, "pending"])
  expect(fake.jobs.get(job.id)?.input).toMatchObject({ restaurantId: "y", portal: { password: "••••" } })
})

test("starts a retry with another input from the beginning, after the last kept step where only the budget was spent, and as chosen", async () => {
  const { fake, job, page, post } = makeFailed()
  const chosen = async (html: Promise<Response> | Response) =>
    /<option value="(\w+)" selected/u.exec(await bodyOf(html))?.[1]
  const look = (from: string) =>
    post(`/jobs/${job.jobId}/retry/changes`, {
      "input.restaurantId": "y",
      "input.dishes.length": "0",
      look: "yes",
      from
    })

  const usual = await chosen(page("retry/changes"))
  const looked = await chosen(look("checkpoint"))
  fake.change(job.id, { error: { code: "BUDGET_EXCEEDED", message: "The budget is spent.", retryable: false } })
  const spent = await chosen(page("retry/changes"))

  expect([usual, looked, spent, await chosen(look("start"))]).toEqual([
    undefined,
    "checkpoint",
    "checkpoint",
    undefined
  ])
})

test("does not keep a secret that was typed anew when the page is drawn again", async () => {
  const { job, post } = makeFailed()

  const html = await bodyOf(
    post(`/jobs/${job.jobId}/retry/changes`, {
      "input.portal.password": "hunter3",
      "input.dishes.length": "0",
      look: "1"
    })
  )

  expect(html).not.toContain("hunter3")
  expect(html).toContain("a new secret")
})
