import { expect, test } from "bun:test"
import fc from "fast-check"
import { at } from "../../support/FakeJobs.ts"
import { encodePart, hostileTexts } from "../api/contractInputs.ts"
import { bodyOf, makeBoard } from "./testBoard.ts"

/** Bun's 5 s are short on a busy machine. */
const LONG_MS = 60_000

const SCRIPT = "<script>alert('1')</script>"
const IMAGE = '"><img src=x onerror=alert(1)>'

/** Everything that a person, a script or a site can write into a job, written by somebody who means harm. */
const seedHostileJob = () => {
  const { fake, ...board } = makeBoard()
  const error = { code: "TIMEOUT", message: SCRIPT, hint: IMAGE, retryable: true } as const
  const job = fake.seed({
    status: "failed",
    jobType: SCRIPT,
    input: { [IMAGE]: SCRIPT, list: [SCRIPT] },
    result: { [IMAGE]: SCRIPT },
    error,
    progress: { percent: 40, totalSteps: 2, step: 1, stepName: IMAGE, message: SCRIPT },
    restaurantId: IMAGE,
    createdBy: SCRIPT,
    clientRef: IMAGE,
    concurrencyKey: SCRIPT,
    dedupeKey: IMAGE,
    labels: [SCRIPT, IMAGE]
  })
  const run = { attempt: 1, startedAt: at(0), endedAt: at(2_000) }
  fake.histories.set(job.id, {
    attempts: [{ ...run, worker: IMAGE, outcome: "failed", error }],
    steps: [{ ...run, name: SCRIPT, outcome: "failed", kept: false }],
    prompts: []
  })
  fake.log(job.id, `${SCRIPT} ${IMAGE}`, { level: "warn", step: IMAGE })
  return { ...board, fake, job }
}

test("it shows markup in every field of a job literally", async () => {
  const { get, job } = seedHostileJob()
  const pages = ["/jobs", `/jobs?q=${encodePart(IMAGE)}&jobType=${encodePart(SCRIPT)}`, `/jobs/${job.jobId}`]

  for (const page of pages) {
    const html = await bodyOf(get(page))

    expect(html).not.toContain("<script>alert")
    expect(html).not.toContain("<img src=x")
    expect(html).toContain("&lt;script&gt;alert")
  }
})

/** Every address of the board that takes this method, with a job where one belongs. */
const addressesOf = (app: ReturnType<typeof makeBoard>["app"], method: string, jobId: string) => [
  ...new Set(
    app.routes
      .filter((route) => route.method === method && !route.path.includes("*"))
      .map(({ path }) => path.replace(/:(?:ref|id)\b/gu, jobId).replace(/:\w+(?:\{[^}]*\})?/gu, "add-item-tags"))
  )
]

const text = fc.oneof(fc.constantFrom(...hostileTexts), fc.string({ unit: "binary", maxLength: 20 }))

const fieldName = fc.oneof(
  { weight: 1, arbitrary: text },
  {
    weight: 4,
    arbitrary: fc.constantFrom(
      ...["input.json", "input.restaurantId", "input.tags.length", "input.tags[0].name", "input.tags[9999].name"],
      ...["from", "promptId", "value", "theme", "back", "jobType", "runAt", "priority", "labels", "options.priority"]
    )
  }
)

test(
  "it takes any form and any address with an answer that is not its own failure",
  async () => {
    const { app, fake, get, job, post } = seedHostileJob()
    const pending = fake.seed()
    const posts = addressesOf(app, "POST", pending.jobId)
    const gets = addressesOf(app, "GET", job.jobId).filter((path) => !/events|mjpeg|trace/u.test(path))

    expect(posts.length).toBeGreaterThan(4)
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...posts),
        fc.dictionary(fieldName, text, { maxKeys: 6 }),
        async (path, form) => {
          expect((await post(path, form)).status).toBeLessThan(500)
        }
      ),
      { numRuns: 200 }
    )
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...gets), fieldName, text, text, async (path, name, value, segment) => {
        const address = `${path}?${encodePart(name)}=${encodePart(value)}&status=${encodePart(segment)}&cursor=${encodePart(value)}`

        expect((await get(address)).status).toBeLessThan(500)
        expect((await get(`/jobs/${encodePart(segment)}`)).status).toBeLessThan(500)
      }),
      { numRuns: 200 }
    )
    expect(fake.jobs.size).toBeGreaterThanOrEqual(1)
  },
  LONG_MS
)

test("it takes a form that is none", async () => {
  const { app, fake } = makeBoard()
  const job = fake.seed()
  const headers = [
    "application/x-www-form-urlencoded",
    "multipart/form-data",
    "multipart/form-data; boundary=x",
    "text/html"
  ]

  for (const path of addressesOf(app, "POST", job.jobId)) {
    for (const type of headers) {
      const response = await app.request(path, {
        method: "POST",
        headers: { "Content-Type": type },
        body: "--x\r\n%zz=%\0&__proto__=1&=&&constructor[prototype]=1"
      })

      expect([path, type, response.status < 500]).toEqual([path, type, true])
    }
  }
})
