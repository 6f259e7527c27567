import { expect, test } from "bun:test"
import { Effect } from "effect"
import { Hono } from "hono"
import type { Caller, Role } from "../../../src/domain/Caller.ts"
import type { CallerEnv } from "../../../src/http/callerOf.ts"
import { restaurantScripts } from "../../../src/scripts/restaurant/RestaurantScripts.ts"
import { at, FakeJobs } from "../../support/FakeJobs.ts"
import { tagDishes } from "../../support/tagDishes.ts"
import { makeBoard, partial } from "./testBoard.ts"

/** The board as somebody with this role gets it. */
const boardFor = (role: Role, types: ConstructorParameters<typeof FakeJobs>[0] = [tagDishes]) => {
  const fake = new FakeJobs(types)
  const person: Caller = { via: "key", subject: "me", name: "Mia", role, organisationId: "default" }
  const { app, audit } = makeBoard({ fake })
  const served = new Hono<CallerEnv>()
    .use((c, next) => {
      c.set("caller", person)
      return next()
    })
    .route("/", app)
  const get = async (path: string) => (await served.request(path)).text()
  const post = (path: string, headers: Record<string, string> = {}) =>
    served.request(path, { method: "POST", body: new URLSearchParams({ from: "start" }), headers })
  /** What a stream says until this text has come. */
  const hear = async (path: string, text: string) => {
    const reader = (await served.request(path)).body!.pipeThrough(new TextDecoderStream()).getReader()
    let heard = ""
    while (!heard.includes(text)) heard += (await reader.read()).value ?? ""
    await reader.cancel()
    return heard
  }
  return { audit, fake, get, post, hear }
}

const CANCEL_ON = /id="cancel-button" data-key="c">/u
const CANCEL_OFF = /id="cancel-button" data-key="c" disabled/u
const WHO = "Only operators and admins can do this."

test("shows viewers what they may not use as off, with whom to ask, and leaves out where to start jobs", async () => {
  const { fake, get } = boardFor("viewer")
  const pending = fake.seed()
  const failed = fake.seed({ status: "failed" })

  const waiting = await get(`/jobs/${pending.jobId}`)
  const broken = await get(`/jobs/${failed.jobId}`)
  const list = await get("/jobs")

  expect(waiting).toMatch(CANCEL_OFF)
  expect(waiting).toContain(WHO)
  expect(broken).toMatch(/<button type="submit" class="button button-primary" data-key="e" disabled="">\s*Retry/u)
  expect(broken).toContain(WHO)
  expect(list).not.toContain('href="/jobs/new"')
})

test("shows viewers that pausing is off, with whom to ask", async () => {
  const { fake, get } = boardFor("viewer")
  await Effect.runPromise(fake.insights.lanes.pause("quick", { reason: "the portal is down" }))
  const off = (label: string) =>
    new RegExp(`disabled="">\\s*${label}\\s*</button> <span class="muted who-may">Only admins of whoever runs`, "u")

  const fleet = await get("/fleet")

  expect(fleet).toMatch(off("Pause…"))
  expect(fleet).toMatch(off("Resume"))
  expect(await get("/types/add-item-tags")).toMatch(off("Pause…"))
})

test("lets only those tick rows who may do something with them, on the page and in its stream", async () => {
  const [viewer, operator] = [boardFor("viewer"), boardFor("operator")]
  const failed = viewer.fake.seed({ status: "failed" })
  operator.fake.jobs.set(failed.id, failed)
  const stream = `/events?ids=${failed.id}`

  expect(await viewer.get("/jobs")).not.toMatch(/type="checkbox"|Choose<|row-action/u)
  expect(await viewer.hear(stream, "</tr>")).not.toMatch(/type="checkbox"|row-action/u)
  expect(await operator.get("/jobs")).toMatch(new RegExp(`tick-${failed.id}[\\s\\S]*${failed.jobId}/retry`, "u"))
  expect(await operator.hear(stream, "</tr>")).toContain(`tick-${failed.id}`)
})

test("offers to run a schedule only to those who may", async () => {
  const schedule = { name: "at night", cron: "0 3 * * *", jobType: tagDishes.name, input: tagDishes.example() }
  for (const role of ["operator", "admin"] as const) {
    const { fake, get, post } = boardFor(role)
    const { id } = await Effect.runPromise(fake.insights.schedules.contract.create(schedule as never))

    const pages = [await get("/schedules"), await get(`/schedules/${id}`)]

    expect(pages.map((page) => page.includes("Run now"))).toEqual(role === "admin" ? [true, true] : [false, false])
    expect((await post(`/schedules/${id}/run`)).status === 403).toBe(role === "operator")
  }
})

test("leads viewers of a restaurant to no form that is refused to them, on the page and in its stream", async () => {
  const start = /start-menu|jobs\/new/u
  for (const role of ["viewer", "member"] as const) {
    const { fake, get, hear } = boardFor(
      role,
      restaurantScripts({ portalUrl: Effect.succeed(new URL("http://portal.example/")) })
    )
    fake.board.restaurantDetails.set("bao", {
      restaurantId: "bao",
      latest: [],
      answers: [],
      labels: [],
      ended: { days: [] }
    })

    const page = (await get("/restaurants/bao")).replace(/<header[\s\S]*<\/header>/u, "")
    const stream = await hear("/events?page=restaurant&restaurant=bao&ids=&prompts=", "checklist-title")

    expect([page, stream].map((text) => start.test(text))).toEqual(role === "member" ? [true, true] : [false, false])
  }
})

test("tells pages that another version of the board has made, and no other", async () => {
  const { fake, get, hear } = boardFor("viewer")
  const { id } = fake.seed()
  const own = /hx-sse:connect="([^"]+)"/u.exec(await get("/jobs"))?.[1]?.replaceAll("&amp;", "&") ?? ""

  expect(await hear(own, "</tr>")).not.toContain("new version")
  expect(await hear(`/events?ids=${id}&v=older`, "</tr>")).toMatch(/#new-version[\s\S]*A new version is ready\./u)
})

test("lets members cancel their own jobs while they wait, and says so nowhere else", async () => {
  const { fake, get, post } = boardFor("member")
  const own = fake.seed({ createdBy: "me" })
  const others = fake.seed({ createdBy: "somebody" })

  const page = await get(`/jobs/${own.jobId}`)

  expect(page).toMatch(CANCEL_ON)
  expect(page).not.toContain(WHO)
  expect(page).toContain("Mia (you)")
  expect(await get(`/jobs/${others.jobId}`)).toMatch(CANCEL_OFF)
  expect((await post(`/jobs/${others.jobId}/cancel`)).status).toBe(403)
  expect((await post(`/jobs/${own.jobId}/cancel`)).status).toBe(303)
  expect([own, others].map(({ id }) => fake.jobs.get(id)?.status)).toEqual(["cancelled", "pending"])
})

test("calls who started a job by name, also those who are not the reader", async () => {
  const { audit, fake, get, hear } = boardFor("viewer")
  const job = fake.seed({ createdBy: "01a2065b-cafe", lane: "default" })
  const input = { action: "cancel", filter: {} }
  const bulk = fake.seed({ createdBy: "01a2065b-cafe", jobType: "change-many-jobs", input })
  const unknown = fake.seed({ createdBy: "01a2065b-babe" })
  const who = { via: "key", subject: "01a2065b-cafe", name: "Olga" }
  const entries = [job, bulk].map(({ jobId }) => ({ id: jobId, at: at(0), ...who, target: jobId }))
  audit.set("default", [
    { ...entries[0]!, action: "create" },
    { ...entries[1]!, action: "bulk" }
  ])

  expect(await get(`/jobs/${job.jobId}`)).toMatch(/Started by<\/dt><dd><span>Olga</u)
  expect(await hear(`/events?job=${job.id}`, "job-facts")).toMatch(/Started by<\/dt><dd><span>Olga</u)
  expect(await get(`/bulk/${bulk.jobId}`)).toMatch(/by <span>Olga</u)
  expect(await get(`/jobs/${unknown.jobId}`)).toMatch(/Started by<\/dt><dd><span>01a2065b-babe</u)
})

test("shows operators everything as on", async () => {
  const { fake, get, post } = boardFor("operator")
  const failed = fake.seed({ status: "failed" })

  const page = await get(`/jobs/${failed.jobId}`)

  expect(page).not.toContain('disabled=""')
  expect(page).not.toContain(WHO)
  expect((await post(`/jobs/${failed.jobId}/retry`)).status).toBe(303)
})

test("answers a button that is pressed all the same with who may", async () => {
  const { fake, post } = boardFor("member")
  const failed = fake.seed({ status: "failed" })

  const page = await post(`/jobs/${failed.jobId}/retry`)
  const part = await post(`/jobs/${failed.jobId}/retry`, partial)

  expect([page.status, part.status]).toEqual([403, 403])
  expect(await page.text()).toContain("Only operators and admins may do this.")
  expect(await part.text()).toContain("Only operators and admins may do this.")
  expect(fake.jobs.get(failed.id)?.status).toBe("failed")
})
