import { expect, test } from "bun:test"
import { Effect, Layer, Schema } from "effect"
import { BULK_TYPE } from "../../../src/domain/BulkJobs.ts"
import { Jobs, UnknownDependency } from "../../../src/domain/Jobs.ts"
import { defineJobType, unusableJobType } from "../../../src/domain/JobType.ts"
import { Secret } from "../../../src/domain/Secret.ts"
import { FakeJobs } from "../../support/FakeJobs.ts"
import { tagDishes } from "../../support/tagDishes.ts"
import { bodyOf, makeBoard, partial, textOf } from "./testBoard.ts"

const form = {
  key: "key-1",
  "input.portal.email": "me@bao.example",
  "input.portal.password": "hunter2",
  "input.restaurantId": "bao",
  "input.dishes.length": "1",
  "input.dishes[0].name": "Tofu",
  "input.dishes[0].tags": "Vegan\r\n\r\n New ",
  "input.limit": "3"
}

/** Secrets in a list and beside it. */
const withAccounts = defineJobType({
  name: "with-accounts",
  title: "With accounts",
  description: "Signs in as each of its users.",
  lane: "default",
  input: Schema.Struct({
    portal: Secret,
    users: Schema.Array(Schema.Struct({ name: Schema.String, password: Secret }))
  }),
  result: Schema.Struct({}),
  steps: [],
  example: { portal: "practice-password", users: [] },
  run: () => Effect.succeed({})
})

const PATH = "/jobs/new/add-item-tags"

test("leads nobody to a form for changing many jobs, which the list of jobs does with a look ahead", async () => {
  const many = defineJobType({
    name: BULK_TYPE,
    title: "Change many jobs",
    description: "Changes many jobs.",
    lane: "default",
    input: Schema.Struct({ action: Schema.String }),
    result: Schema.Struct({}),
    steps: [],
    example: { action: "retry" },
    run: () => Effect.succeed({})
  })
  const { fake, get, post } = makeBoard({ fake: new FakeJobs([many]) })

  const form = await get(`/jobs/new/${BULK_TYPE}`)
  const sent = await post(`/jobs/new/${BULK_TYPE}`, { key: "key-1", "input.action": "retry" })

  expect([form.status, sent.status, (await get(`/jobs/new/${BULK_TYPE}/csv`)).status]).toEqual([404, 404, 404])
  expect(await textOf(form)).toContain("in the list of jobs")
  expect(await bodyOf(get(`/types/${BULK_TYPE}`))).not.toContain(`/jobs/new/${BULK_TYPE}`)
  expect(fake.jobs.size).toBe(0)
})

test("lists the types with what they do", async () => {
  const html = await bodyOf(makeBoard().get("/jobs/new"))

  expect(html).toContain(`<a href="${PATH}">Add item tags</a>`)
  expect(html).toContain("Adds tags to dishes.")
})

test("says which types have a fault, and why no job of them can be started", async () => {
  const faulty = unusableJobType({ name: "import-menu", title: "Import" }, new Error("jobs.ts:3:1: its lane <x>"))
  const { get } = makeBoard({ fake: new FakeJobs([tagDishes, faulty]) })

  const listed = await bodyOf(get("/jobs/new"))
  const page = await get("/jobs/new/import-menu")

  expect(listed).toContain("<strong>Import</strong> (import-menu): jobs.ts:3:1: its lane &lt;x&gt;")
  expect(listed).not.toContain('href="/jobs/new/import-menu"')
  expect(page.status).toBe(404)
  expect(await textOf(page)).toContain("The job type “import-menu” is not available. jobs.ts:3:1: its lane")
})

test("says that a type's example cannot be made, and why", async () => {
  const example = () => {
    throw new Error("no menu there")
  }
  const { get } = makeBoard({ fake: new FakeJobs([{ ...tagDishes, example }]) })

  const page = await get(PATH)

  expect(page.status).toBe(404)
  expect(await textOf(page)).toContain("Its example cannot be made: no menu there")
})

test("draws a form filled with the example, its secrets in password boxes", async () => {
  const html = await bodyOf(makeBoard().get(PATH))

  expect(html).toContain('name="input.portal.email"')
  expect(html).toContain('value="owner@practice.example"')
  expect(html).toMatch(/<input type="password"[^>]*autocomplete="new-password"/u)
  expect(html).toMatch(/<textarea[^>]*name="input.dishes\[0\].tags"[^>]*>Vegan\nHot<\/textarea>/u)
  expect(html).toMatch(/<input type="password"[^>]*value="practice-password"/u)
  // Firefox fills in by the place, which changes when items are added and removed.
  expect(html).toMatch(/name="input.dishes.length"[^>]*autocomplete="off"/u)
  expect(html).toMatch(/<textarea[^>]*name="input.dishes\[0\].tags"[^>]*autocomplete="off"/u)
})

test("starts the job that the form describes, once for a form sent twice", async () => {
  const { fake, post } = makeBoard()
  const options = { "input.@job.runAt": "2026-12-24T06:30", "input.@job.priority": "5", "input.@job.tries": "2" }

  const answers = [await post(PATH, { ...form, ...options }), await post(PATH, { ...form, ...options })]

  const [job, ...others] = [...fake.jobs.values()]
  expect(others).toEqual([])
  expect(answers.map((answer) => [answer.status, answer.headers.get("location")])).toEqual([
    [303, `/jobs/${job?.jobId}`],
    [303, `/jobs/${job?.jobId}`]
  ])
  expect(job).toMatchObject({ restaurantId: "bao", priority: 5, maxRetries: 1 })
  expect(job?.runAt.epochMilliseconds).toBe(Date.parse("2026-12-24T06:30:00Z"))
  expect(job?.input).toEqual({
    portal: { email: "me@bao.example", password: "••••" },
    restaurantId: "bao",
    dishes: [{ name: "Tofu", tags: ["Vegan", "New"] }],
    overwrite: false,
    limit: 3
  })
})

test("starts a job from the example as it stands, in form and JSON", async () => {
  const { fake, get, post } = makeBoard()
  const page = await bodyOf(get(`${PATH}?as=json`))
  const json = /<textarea[^>]*>([^<]*)<\/textarea>/u.exec(page)?.[1]?.replaceAll("&quot;", '"') ?? ""

  const answer = await post(PATH, { key: "key-2", "input.@json": json })

  expect(answer.status).toBe(303)
  expect(fake.jobs.size).toBe(1)
})

test("refuses a secret that was left empty, or dots in its place", async () => {
  const { fake, post } = makeBoard()

  const answers = [
    await post(PATH, { ...form, "input.portal.password": "" }),
    await post(PATH, {
      key: "key-2",
      "input.@json": JSON.stringify({
        portal: { email: "a@b.example", password: "••••" },
        restaurantId: "bao",
        dishes: []
      })
    })
  ]

  expect(answers.map((answer) => answer.status)).toEqual([422, 422])
  expect(fake.jobs.size).toBe(0)
})

test("names each mistake beside its box and in a summary, and keeps what was typed but no secret", async () => {
  const { fake, post } = makeBoard()

  const response = await post(PATH, {
    ...form,
    "input.restaurantId": "",
    "input.limit": "99",
    "input.dishes[0].name": "",
    "input.@job.priority": "1000"
  })

  const html = await response.text()
  expect(response.status).toBe(422)
  expect(html).toContain('<a href="#field-restaurantId">Restaurant id</a>: Fill this in.')
  expect(html).toContain('<a href="#field-dishes-0-name">Dishes 1 · Name</a>')
  expect(html).toContain('<a href="#field--job-priority">Priority</a>')
  expect(html).toMatch(/<input type="number"[^>]*id="field-limit"[^>]*aria-invalid="true"[^>]*value="99"/u)
  expect(html).toMatch(/<p class="field-error" id="field-restaurantId-error">Fill this in.<\/p>/u)
  expect(html).toContain('value="me@bao.example"')
  expect(html).toContain('name="key" value="key-1"')
  expect(html).not.toContain("hunter2")
  expect(fake.jobs.size).toBe(0)
})

test("refuses JSON that is none or does not fit, and shows no secret of it again", async () => {
  const { post } = makeBoard()

  const broken = await post(PATH, { key: "k", "input.@json": '{"portal": {"password": "hunter2"' })
  const wrong = await post(PATH, { key: "k", "input.@json": '{"portal": {"password": "hunter2"}, "limit": 4}' })

  const [brokenHtml, wrongHtml] = [await broken.text(), await wrong.text()]
  expect([broken.status, wrong.status]).toEqual([422, 422])
  expect(brokenHtml).toContain("This is not valid JSON. It may hold a secret, so it is not shown again.")
  expect(wrongHtml).toContain("portal.email: Missing key")
  expect(wrongHtml).toContain("&quot;limit&quot;: 4")
  expect(brokenHtml + wrongHtml).not.toContain("hunter2")
})

test("adds and removes items without script, and as a fragment with it", async () => {
  const { fake, post } = makeBoard()

  const added = await post(PATH, { ...form, add: "dishes" })
  const removed = await post(PATH, { ...form, remove: "dishes[0]" }, partial)

  const [addedHtml, removedHtml] = [await added.text(), await removed.text()]
  expect(addedHtml).toMatch(/<html.*name="input.dishes\[1\].name"/su)
  expect(addedHtml).toContain('value="Tofu"')
  expect(removedHtml).toStartWith('<form id="job-form"')
  expect(removedHtml).not.toContain("input.dishes[0].name")
  expect(addedHtml + removedHtml).not.toContain("hunter2")
  expect(fake.jobs.size).toBe(0)
})

test("says in the form what the job depends on and does not exist", async () => {
  const fake = new FakeJobs([tagDishes])
  const refusing = Layer.mock(Jobs, { create: () => Effect.fail(new UnknownDependency({ refs: ["JOB_x"] })) })
  const { post } = makeBoard({ fake, layer: Layer.merge(fake.layer, refusing) })

  const response = await post(PATH, { ...form, "input.portal.password": "practice-password" })

  expect(response.status).toBe(422)
  expect(await textOf(response)).toContain("It depends on what does not exist: JOB_x.")
})

test("asks again when a form that has started a job comes back with other values", async () => {
  const { fake, post } = makeBoard()
  await post(PATH, form)

  const response = await post(PATH, { ...form, "input.restaurantId": "other" })

  const html = await response.text()
  expect(response.status).toBe(409)
  expect(html).toContain("Send it again to start one more.")
  expect(html).not.toContain('value="key-1"')
  expect(fake.jobs.size).toBe(1)
})

test("keeps typed secrets in the page, except in a list whose later items moved up", async () => {
  const { post } = makeBoard({ fake: new FakeJobs([withAccounts]) })
  const typed = {
    "input.portal": "hunter2",
    "input.users.length": "2",
    "input.users[0].name": "alice",
    "input.users[0].password": "ALICE",
    "input.users[1].name": "bob",
    "input.users[1].password": "BOB"
  }
  const preserved = async (button: Record<string, string>) => {
    const html = await bodyOf(post("/jobs/new/with-accounts", { ...typed, ...button }, partial))
    const kept = [...html.matchAll(/<input type="password"[^>]*hx-preserve[^>]*>/gu)]
    return kept.map(([box]) => /name="input\.([^"]+)"/u.exec(box)?.[1])
  }

  expect(await preserved({ add: "users" })).toEqual([
    "portal",
    "users[0].password",
    "users[1].password",
    "users[2].password"
  ])
  expect(await preserved({ remove: "users[0]" })).toEqual(["portal"])
})

test("replaces the form when an item is removed, so that no box keeps what was typed for another", async () => {
  const html = await bodyOf(makeBoard().get(PATH))

  expect(html).toMatch(/<button[^>]*name="remove"[^>]*hx-swap="outerHTML"/u)
  expect(html).toMatch(/<button[^>]*name="add"[^>]*hx-swap="outerMorph"/u)
})

test("explains dots in JSON only where some stand", async () => {
  const { get, post } = makeBoard()
  const dots = "Dots stand for a secret that you typed; write it again."

  const fresh = await textOf(get(`${PATH}?as=json`))
  const refused = await textOf(post(PATH, { "input.@json": '{"portal": {"password": "hunter2"}}' }))
  const broken = await textOf(post(PATH, { "input.@json": "{" }))

  expect(fresh).not.toContain("Dots stand")
  expect(refused).toContain(dots)
  expect(broken).not.toContain("Dots stand")
})

test("answers 404 for a type that it does not know, and leads to those it knows", async () => {
  const { fake, get, post } = makeBoard()

  const answers = [await get("/jobs/new/nope"), await post("/jobs/new/nope", form)]
  const fragment = await post("/jobs/new/nope", { ...form, add: "dishes" }, partial)

  for (const answer of answers) {
    const html = await answer.text()
    expect(answer.status).toBe(404)
    expect(html).toContain("<h1>There is no job type named “nope”.</h1>")
    expect(html).toMatch(/<a class="button" href="\/jobs\/new">/u)
    expect(html).not.toContain("<p></p>")
  }
  expect(fragment.status).toBe(404)
  expect(await fragment.text()).toStartWith('<hx-partial hx-target="#toasts-alert"')
  expect(fake.jobs.size).toBe(0)
})

test("survives a body that is no form", async () => {
  const { app } = makeBoard()

  const noForm = await app.request(PATH, { method: "POST", body: "{", headers: { "content-type": "application/json" } })

  expect(noForm.status).toBe(422)
})
