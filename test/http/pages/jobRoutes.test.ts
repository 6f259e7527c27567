import { expect, test } from "bun:test"
import { at } from "../../support/FakeJobs.ts"
import { bodyOf, makeBoard, partial, textOf } from "./testBoard.ts"

const atTags = { percent: 40, step: 2, totalSteps: 3, stepName: "add-tags" }
const error = { code: "NAVIGATION_TIMEOUT", message: "The menu did not load", retryable: true } as const

test("shows steps, tries, log and trouble of a failed job, by either id", async () => {
  const { fake, get } = makeBoard()
  const job = fake.seed({ status: "failed", attempts: 1, progress: atTags, error })
  const run = { attempt: 1, startedAt: at(0), endedAt: at(2_000) }
  fake.histories.set(job.id, {
    attempts: [{ ...run, worker: "w1", outcome: "failed", error }],
    steps: [
      { ...run, name: "sign-in", outcome: "completed", kept: true },
      { ...run, name: "add-tags", outcome: "failed", kept: false }
    ],
    prompts: []
  })
  fake.log(job.id, "<b>18 of 40</b>", { level: "warn", step: "add-tags" })

  const [text, html] = [await textOf(get(`/jobs/${job.jobId}`)), await bodyOf(get(`/jobs/${job.id}`))]

  expect(text).toContain("Failed at step 2 of 3: The menu did not load.")
  expect(text).toContain("What you can do: Open the site yourself")
  expect(text).toContain("Done: Sign in kept 2 s")
  expect(text).toContain("Not started: Check the result")
  expect(text).toContain("Retry from step 2…")
  expect(html).toContain("&lt;b&gt;18 of 40&lt;/b&gt;")
  expect(html).toContain(`hx-sse:connect="/events?job=${job.id}&amp;v=`)
})

test("offers changes first where trying again as it is cannot help", async () => {
  const { fake, get } = makeBoard()
  const first = async (retryable: boolean) => {
    const { jobId } = fake.seed({ status: "failed", attempts: 1, error: { ...error, retryable } })
    return /class="button button-primary"[^>]*>\s*(Retry[^<]*…)/u.exec(await bodyOf(get(`/jobs/${jobId}`)))?.[1]
  }

  expect([await first(true), await first(false)]).toEqual(["Retry…", "Retry with changes…"])
})

test("says why a job waits", async () => {
  const { fake, get } = makeBoard()
  const { jobId } = fake.seed({ waitingFor: [{ code: "pool_full", limit: 2 }, { code: "no_worker" }] })

  expect(await textOf(get(`/jobs/${jobId}`))).toContain(
    "Why it waits Both browsers are in use. It starts when one is free. See Fleet No worker takes"
  )
})

test("links the job that it waits for, its batch and what it depends on", async () => {
  const { fake, get } = makeBoard()
  const needed = fake.seed()
  const batchId = "018f0000-0000-7000-8000-00000000ba7c"
  const { jobId } = fake.seed({
    waitingFor: [{ code: "dependency", jobs: [needed.jobId] }],
    dependsOn: [needed.id],
    onDependencyFailure: "run",
    batchId,
    concurrencyKey: "sushi-ito",
    dedupeKey: "nightly"
  })

  const [html, text] = [await bodyOf(get(`/jobs/${jobId}`)), await textOf(get(`/jobs/${jobId}`))]

  expect(html).toContain(`Waits for <a href="/jobs/${needed.jobId}">${needed.jobId}</a> to finish.`)
  expect(html).toContain(`<a href="/jobs/${needed.id}">${needed.id}</a>`)
  expect(html).toContain(`<a href="/jobs?batch=${batchId}">${batchId}</a>`)
  expect(text).toMatch(/If one of them fails It runs all the same .*sushi-ito .*nightly/u)
})

test("offers only what the job's status allows", async () => {
  const { fake, get } = makeBoard()
  const actions = async (status: "pending" | "completed" | "failed") => {
    const html = await bodyOf(get(`/jobs/${fake.seed({ status }).jobId}`))
    return ["cancel", "retry"].filter((action) => new RegExp(`action="/jobs/JOB_[^"]+/${action}"`, "u").test(html))
  }

  expect(await actions("pending")).toEqual(["cancel"])
  expect(await actions("failed")).toEqual(["retry"])
  expect(await actions("completed")).toEqual([])
})

test("masks secrets of input and result even where the store did not", async () => {
  const { fake, get } = makeBoard()
  const { jobId } = fake.seed({
    status: "completed",
    input: { portal: { email: "a@b.example", password: "hunter2" }, restaurantId: "x", dishes: [], overwrite: true },
    result: { added: 2, token: "tok-123" }
  })

  const html = await bodyOf(get(`/jobs/${jobId}/data`))

  expect(html).toContain("a@b.example")
  expect(html).toContain("••••")
  expect(html).not.toContain("hunter2")
  expect(html).not.toContain("tok-123")
})

test.each(["JOB_20260101_000000_00000000", "018f0000-0000-7000-8000-00000000ffff", "nonsense"])(
  "answers 404 in the frame for the job %s",
  async (id) => {
    const response = await makeBoard().get(`/jobs/${id}`)

    expect(response.status).toBe(404)
    expect(await response.text()).toMatch(new RegExp(`<nav.*<h1>There is no job ${id}\\.</h1>`, "su"))
  }
)

test("cancels by a plain form and comes back to the job", async () => {
  const { fake, post } = makeBoard()
  const { id, jobId } = fake.seed()

  const response = await post(`/jobs/${jobId}/cancel`)

  expect([response.status, response.headers.get("location")]).toEqual([303, `/jobs/${jobId}`])
  expect(fake.jobs.get(id)?.status).toBe("cancelled")
})

test("answers htmx with the changed parts and a toast", async () => {
  const { fake, post } = makeBoard()
  const { jobId } = fake.seed({ status: "in_progress", attempts: 1, progress: atTags })

  const html = await bodyOf(post(`/jobs/${jobId}/cancel`, {}, partial))

  expect(html).toContain('<hx-partial hx-target="#job-headline" hx-swap="outerMorph">')
  expect(html).toMatch(/#toasts-status.*Cancelling\. No need to press again\.</su)
  expect(html).not.toContain("/cancel")
})

test("keeps a place for the focus where an action removes its own button", async () => {
  const { fake, get } = makeBoard()
  const { jobId } = fake.seed()

  expect(await bodyOf(get(`/jobs/${jobId}`))).toMatch(/<section[^>]*id="job-headline"[^>]*tabindex="-1"/u)
})

test("refuses to cancel what has ended, and shows it as it is", async () => {
  const { fake, post } = makeBoard()
  const { jobId } = fake.seed({ status: "completed" })

  const page = await post(`/jobs/${jobId}/cancel`)
  const fragment = await post(`/jobs/${jobId}/cancel`, {}, partial)

  expect([page.status, fragment.status]).toEqual([409, 409])
  expect(await textOf(page)).toContain("This job is already done, so there is nothing to cancel.")
  expect(await fragment.text()).toMatch(/#job-headline.*#toasts-alert.*already done/su)
})

test("retries a failed job once; the second press is told that it waits already", async () => {
  const { fake, post } = makeBoard()
  const { id, jobId } = fake.seed({ status: "failed" })

  const statuses = [await post(`/jobs/${jobId}/retry`, { from: "start" }), await post(`/jobs/${jobId}/retry`)]

  expect(statuses.map(({ status }) => status)).toEqual([303, 409])
  expect(fake.jobs.get(id)?.status).toBe("pending")
})

test("says why it cannot be retried while another job holds its dedupe key", async () => {
  const { fake, post } = makeBoard()
  const live = fake.seed({ dedupeKey: "nightly" })
  const { id, jobId } = fake.seed({ status: "failed", dedupeKey: "nightly" })

  const page = await post(`/jobs/${jobId}/retry`, { from: "start" })

  expect(page.status).toBe(409)
  expect(await textOf(page)).toContain(`${live.jobId} does the same and has not ended.`)
  expect(fake.jobs.get(id)?.status).toBe("failed")
})

test("says why a job of a type that is gone cannot be retried", async () => {
  const { fake, post } = makeBoard()
  const { jobId } = fake.seed({ status: "failed", jobType: "old-type" })

  const page = await post(`/jobs/${jobId}/retry`)

  expect(page.status).toBe(409)
  expect(await textOf(page)).toContain("This server does not know jobs of the type “old-type” any more.")
})

test("refuses what another site's page sends", async () => {
  const { fake, post } = makeBoard()
  const { id, jobId } = fake.seed()

  const answers = await Promise.all([
    post(`/jobs/${jobId}/cancel`, {}, { "Sec-Fetch-Site": "cross-site" }),
    post(`/jobs/${jobId}/cancel`, {}, { Origin: "https://elsewhere.example" })
  ])

  expect(answers.map((answer) => answer.status)).toEqual([403, 403])
  expect(await textOf(answers[0]!)).toContain("Requests from other web sites are refused.")
  expect(fake.jobs.get(id)?.status).toBe("pending")
})
