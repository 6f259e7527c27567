import { expect, test } from "bun:test"
import { Effect, Schema } from "effect"
import { defineJobType } from "../../../src/domain/JobType.ts"
import type { LatestJob } from "../../../src/domain/Restaurants.ts"
import { restaurantScripts } from "../../../src/scripts/restaurant/RestaurantScripts.ts"
import { at, FakeJobs, NOW_MS } from "../../support/FakeJobs.ts"
import { aKind } from "../../views/kinds.ts"
import { bodyOf, makeBoard, textOf } from "./testBoard.ts"

const NAME = "Bao <House>"
/** When it began, in UTC. Pages have the clock of the machine. */
const YESTERDAY = Math.floor(NOW_MS / 86_400_000 - 1) * 86_400_000

const PATH = `/restaurants/${encodeURIComponent(NAME)}`

const latest: LatestJob = {
  jobId: aKind().latestJobId,
  jobType: "import-csv-menu",
  status: "in_progress",
  percent: 52,
  at: at(NOW_MS)
}

const health = { restaurantId: NAME, questions: 0, failed: 2, running: 1, waiting: 0, latest }

const withRestaurant = () => {
  const types = restaurantScripts({ portalUrl: Effect.succeed(new URL("http://portal.example/")) })
  const fake = new FakeJobs(types, () => NOW_MS)
  fake.board.restaurants = [health]
  const answer = { jobId: latest.jobId, kind: "otp", label: "Code by SMS", answeredAt: at(NOW_MS) } as const
  fake.board.restaurantDetails.set(NAME, {
    restaurantId: NAME,
    latest: [latest],
    answers: [{ ...answer, answeredBy: "op-2" }, answer],
    labels: ["milano"],
    ended: { days: [{ day: at(YESTERDAY), completed: 3, failed: 1 }] }
  })
  const job = fake.seed({ jobType: "import-csv-menu", restaurantId: NAME })
  return { ...makeBoard({ fake }), job }
}

test("lists each restaurant with one mark that says how it does", async () => {
  const { get } = withRestaurant()

  const html = await bodyOf(get("/restaurants"))

  expect(html).toContain(`<a href="${PATH}">Bao &lt;House&gt;</a>`)
  expect(html).toMatch(/<span class="badge st-failed">[\s\S]*2 jobs failed/u)
  expect(await textOf(get("/restaurants?q=nowhere"))).toContain("No restaurant matches.")
  expect(await textOf(makeBoard().get("/restaurants"))).toContain("No restaurants yet.")
})

test("shows of one restaurant its checklist, jobs, answers and labels, and what can be started for it", async () => {
  const { get, job } = withRestaurant()

  const html = await bodyOf(get(PATH))
  const text = await textOf(get(PATH))

  expect(text).toContain("0 of 10 done")
  expect(text).toContain("Menu Running, 52%")
  expect(html).toContain('href="/jobs/new/register-restaurant?restaurant=Bao%20%3CHouse%3E"')
  expect(html).toContain(`<tr id="job-${job.id}"`)
  expect(text).toContain("op-2 answered just now . Answers are not kept.")
  expect(text).toContain("Somebody answered")
  expect(text).toContain("Needs you Nothing.")
  expect(text).toContain("3 of 4 jobs went well in the last 14 days.")
  expect(html).toMatch(/href="\/jobs\?label=milano">\s*milano/u)
  expect((await get("/restaurants/nowhere")).status).toBe(404)
})

test("fills the restaurant into the form of a job that is started for it", async () => {
  const { get } = withRestaurant()

  const html = await bodyOf(get("/jobs/new/import-csv-menu?restaurant=sushi-ito"))

  expect(html).toMatch(/<input[^>]*name="[^"]*restaurantId"[^>]*value="sushi-ito"/u)
})

test("fills in nothing else of a job for a restaurant, but an example where it is asked for", async () => {
  const { get } = withRestaurant()
  const path = "/jobs/new/import-csv-menu?restaurant=sushi-ito"
  const boxesOf = (html: string) => html.match(/<textarea[^>]*>[^<]*<\/textarea>/gu)!.join()

  const html = await bodyOf(get(path))
  const filled = await bodyOf(get(`${path}&fill=example`))
  const plain = await bodyOf(get("/jobs/new/import-csv-menu"))

  expect(boxesOf(html)).not.toContain(",")
  expect(html).toContain('href="/jobs/new/import-csv-menu?fill=example&amp;restaurant=sushi-ito"')
  expect(boxesOf(filled)).toContain(",")
  expect(filled).toContain("filled with an example")
  expect(filled).toContain("sushi-ito")
  expect(plain).toContain("filled with an example")
})

test("writes of a job for a restaurant nothing but the restaurant as JSON, too, and says so", async () => {
  const boxOf = (html: string) =>
    (html.match(/<textarea[^>]*>([^<]*)<\/textarea>/u)?.[1] ?? "").replaceAll("&quot;", '"')
  const RestaurantId = Schema.Struct({ restaurantId: Schema.String })
  const makeType = (name: string, input: Schema.Codec<unknown, unknown>, example: unknown) =>
    defineJobType({
      name,
      title: name,
      description: name,
      lane: "quick",
      input,
      result: Schema.Struct({}),
      steps: [{ name: "set", title: "Set" }],
      example,
      run: () => Effect.succeed({})
    })
  const eitherWay = Schema.Union([Schema.Struct({ ...RestaurantId.fields, file: Schema.String }), RestaurantId])
  const types = [
    makeType("set-menu", eitherWay, { restaurantId: "trattoria-roma", file: "menu.csv" }),
    makeType("set-any", Schema.Union([Schema.Struct({ a: Schema.String }), Schema.Struct({ b: Schema.Int })]), {
      a: "x"
    })
  ]
  const { get } = makeBoard({ fake: new FakeJobs(types, () => NOW_MS) })

  const menu = await bodyOf(get("/jobs/new/set-menu?restaurant=real-one"))
  const filled = await bodyOf(get("/jobs/new/set-menu?fill=example&restaurant=real-one"))
  const any = await bodyOf(get("/jobs/new/set-any?restaurant=real-one"))

  expect(JSON.parse(boxOf(menu))).toEqual({ restaurantId: "real-one" })
  expect(menu).toContain('href="/jobs/new/set-menu?as=json&amp;fill=example&amp;restaurant=real-one"')
  expect(JSON.parse(boxOf(filled))).toEqual({ restaurantId: "real-one", file: "menu.csv" })
  expect(filled).toContain("The box is filled with an example.")
  expect(JSON.parse(boxOf(any))).toEqual({})
  expect(any).toMatch(/name="input\.@job\.restaurantId"[^>]*value="real-one"/u)
})

test("keeps the restaurant on the way to the JSON of a form and back", async () => {
  const { get } = withRestaurant()
  const path = "/jobs/new/import-csv-menu"

  const boxes = await bodyOf(get(`${path}?restaurant=sushi-ito`))
  const json = await bodyOf(get(`${path}?as=json&restaurant=sushi-ito`))

  expect(boxes).toContain(`href="${path}?as=json&amp;restaurant=sushi-ito"`)
  expect(json).toContain(`href="${path}?restaurant=sushi-ito"`)
  expect(json).toContain("sushi-ito")
  expect(json).not.toContain("trattoria-roma")
  expect(await bodyOf(get(path))).toContain(`href="${path}?as=json"`)
})

test("leaves the restaurant's own yes or no as it is where nobody chose one", async () => {
  const { fake, get, post } = withRestaurant()
  const path = "/jobs/new/setup-system-settings"
  const html = await bodyOf(get(`${path}?restaurant=bao`))
  const sent = {
    "input.restaurantId": "bao",
    "input.email": "owner@bao.example",
    "input.password": "a password",
    "input.settings.language": "it",
    "input.settings.pricesIncludeTax": "",
    "input.settings.sendsOrderEmail": "false"
  }

  expect((await post(path, sent)).status).toBe(303)

  expect(html).toMatch(/<select[^>]*name="input\.settings\.pricesIncludeTax"[^>]*>\s*<option value="">Not set/u)
  expect(html).not.toContain('type="checkbox"')
  const { input } = [...fake.jobs.values()].at(-1) ?? {}
  expect(input).toMatchObject({ settings: { language: "it", sendsOrderEmail: false } })
  expect(input).not.toHaveProperty("settings.pricesIncludeTax")
})

test("keeps notes about a restaurant that is known, and of no other", async () => {
  const { get, post } = withRestaurant()

  const saved = await post(`${PATH}/note`, { after: "0", text: "Owner answers the phone 15–17 only." })
  const late = await post(`${PATH}/note`, { after: "0", text: "Never call." })

  expect(saved.headers.get("location")).toBe(PATH)
  expect(late.status).toBe(409)
  expect(await textOf(get(PATH))).toMatch(/Owner answers the phone 15–17 only\. this computer,/u)
  expect((await post("/restaurants/nowhere/note", { after: "0", text: "x" })).status).toBe(404)
})
