import { expect, test } from "bun:test"
import { Hono } from "hono"
import { type Caller, localCaller } from "../../../src/domain/Caller.ts"
import { aDelivery, SECRET } from "../fakeWebhooks.ts"
import { bodyOf, makeBoard, textOf } from "./testBoard.ts"

const form = { url: "https://hooks.example.com/in", description: "Front end", "event.job.failed": "on" }

const withWebhook = async () => {
  const board = makeBoard()
  const made = await bodyOf(board.post("/webhooks", form))
  const [webhook] = board.webhooks.all.values()
  return { ...board, made, webhook: webhook!, path: `/webhooks/${webhook!.id}` }
}

test("adds a webhook by a plain form, and shows its secret on that page and on no other", async () => {
  const { get, made, path, webhook } = await withWebhook()

  expect(webhook).toMatchObject({ url: form.url, description: "Front end", events: ["job.failed"], filter: {} })
  expect(made).toContain(`value="${SECRET}"`)
  for (const page of ["/webhooks", path]) expect(await bodyOf(get(page))).not.toContain("whsec_")
})

test("lets no browser keep the page with the secret", async () => {
  const { post, path } = await withWebhook()

  const made = await post("/webhooks", form)
  const renewed = await post(`${path}/secret`)

  expect([made, renewed].map(({ headers }) => headers.get("cache-control"))).toEqual(["no-store", "no-store"])
  expect(await renewed.text()).toContain(SECRET)
})

test("keeps what was typed when the form is refused, and says what is wrong beside it", async () => {
  const { post, webhooks } = makeBoard()

  const refused = await post("/webhooks", { ...form, url: "http://10.0.0.1/", jobType: "tag-dishes" })
  const empty = await textOf(post("/webhooks", { description: "x" }))

  const html = await refused.text()
  expect(refused.status).toBe(422)
  expect(html).toContain('value="http://10.0.0.1/"')
  expect(html).toContain('aria-invalid="true" aria-describedby="hook-url-error"')
  expect(html).toMatch(/id="hook-job.failed"[^>]*checked/u)
  expect(empty).toContain("the address of the receiver")
  expect(empty).toContain("at least one of these")
  expect(webhooks.all.size).toBe(0)
})

test("shows what was sent, with each try and the words of others as they are", async () => {
  const { get, path } = await withWebhook()

  const [html, text] = [await bodyOf(get(path)), await textOf(get(path))]

  expect(text).toContain("Trying again A job failed")
  expect(text).toContain("The receiver refused it (503).")
  expect(html).toContain("“&lt;b&gt;busy&lt;/b&gt;”")
  expect(html).toContain(`href="${path}?after=next"`)
})

test("offers to send again what was given up, as long as the webhook is on", async () => {
  const { get, path, post, webhook, webhooks } = await withWebhook()
  const action = `${path}/deliveries/${aDelivery.id}/retry`
  const offered = async () => (await bodyOf(get(path))).includes(`action="${action}"`)
  expect(await offered()).toBe(false)
  webhooks.deliveries[0] = { ...aDelivery, state: "failed" }
  expect(await offered()).toBe(true)
  webhooks.all.set(webhook.id, { ...webhook, enabled: false })
  expect(await offered()).toBe(false)
  webhooks.all.set(webhook.id, webhook)

  const sent = await post(action)

  expect([sent.status, sent.headers.get("location")]).toEqual([303, path])
  expect(webhooks.deliveries[0]).toMatchObject({ state: "pending" })
})

test("tests, switches off and on, and removes a webhook without a script", async () => {
  const { get, path, post, webhooks } = await withWebhook()

  for (const action of ["test", "off"]) {
    const answer = await post(`${path}/${action}`)
    expect([answer.status, answer.headers.get("location")]).toEqual([303, path])
  }
  expect(await textOf(get("/webhooks"))).toContain("Off")
  await post(`${path}/on`)
  expect([...webhooks.all.values()][0]).toMatchObject({ enabled: true })
  expect((await post(`${path}/remove`)).headers.get("location")).toBe("/webhooks")
  expect(webhooks.all.size).toBe(0)
  for (const gone of [get(path), post(`${path}/on`), post(`${path}/remove`), get("/webhooks/nothing")]) {
    expect((await gone).status).toBe(404)
  }
})

test("says how each receiver does", async () => {
  const { get, webhook, webhooks } = await withWebhook()
  const mark = async (changes: object) => {
    webhooks.all.set(webhook.id, { ...webhook, ...changes })
    return /class="badge[^>]*>.*?<\/svg>([^<]*)/u.exec(await bodyOf(get("/webhooks")))?.[1]
  }
  const tried = (state: string, statusCode: number) => ({ lastAttempt: { at: webhook.createdAt, state, statusCode } })

  expect(await mark({})).toBe("Nothing sent yet")
  expect(await mark(tried("delivered", 204))).toBe("Works")
  expect(await mark(tried("pending", 503))).toBe("Trying again")
  expect(await mark(tried("failed", 503))).toBe("Does not answer")
  expect(await mark({ enabled: false, disabledBecause: "gone" })).toBe("Off: receiver is gone")
})

test("is for admins alone", async () => {
  const { app, path, webhooks } = await withWebhook()
  const caller: Caller = { ...localCaller, role: "operator" }
  const asOperator = new Hono<{ Variables: { caller: Caller } }>()
    .use(async (c, next) => {
      c.set("caller", caller)
      await next()
    })
    .route("/", app)

  for (const [method, page] of [
    ["GET", "/webhooks"],
    ["POST", "/webhooks"],
    ["GET", path],
    ["POST", `${path}/secret`],
    ["POST", `${path}/test`],
    ["POST", `${path}/deliveries/${aDelivery.id}/retry`],
    ["POST", `${path}/off`],
    ["POST", `${path}/remove`]
  ] as const) {
    const body = method === "POST" ? { body: new URLSearchParams(form) } : {}
    const answer = await asOperator.request(`http://localhost:3000${page}`, { method, ...body })
    expect([page, answer.status]).toEqual([page, 403])
    expect(await answer.text()).not.toContain("hooks.example.com")
  }
  expect(webhooks.all.size).toBe(1)
})
