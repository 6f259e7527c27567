import { expect } from "bun:test"
import { Context, Effect, Fiber, Layer, Option, Stream } from "effect"
import { SqlClient } from "effect/sql"
import { TestClock } from "effect/testing"
import type { Browser, BrowserContext, Page } from "playwright"
import { JobQueue } from "../../src/domain/JobQueue.ts"
import { Jobs } from "../../src/domain/Jobs.ts"
import type { Lease } from "../../src/domain/Lease.ts"
import { type LiveSize, LiveView } from "../../src/domain/LiveView.ts"
import type { OpenSession } from "../../src/runtime/browser/BrowserSeat.ts"
import * as Live from "../../src/runtime/LiveSessions.ts"
import { makeMasker } from "../../src/runtime/Masker.ts"
import * as PgLivePictures from "../../src/runtime/postgres/PgLivePictures.ts"
import * as PgLiveView from "../../src/runtime/postgres/PgLiveView.ts"
import { openBrowser } from "../support/browser.ts"
import { eventually } from "../support/CallboardProcess.ts"
import { it } from "../support/effect.ts"
import { databaseTests } from "../support/PgServices.ts"
import { scriptedInBrowser } from "../support/scripts.ts"

const inDatabase = databaseTests(scriptedInBrowser("in-browser", () => Effect.succeed(null)))

const SECRET = "correct-horse-battery"
const MOVING =
  "<h1>Menu</h1><script>setInterval(() => { document.querySelector('h1').textContent += 'x' }, 20)</script>"

const promised = <A>(work: () => Promise<A>) => Effect.promise(work)

const claimed = Effect.gen(function* () {
  yield* (yield* Jobs).create({ jobType: "in-browser", input: {} })
  const [claim] = yield* (yield* JobQueue).claim("browser", 1)
  return claim!
})

/** A session whose screencasts are counted where Chromium makes them. */
const openSession = (browser: Browser) =>
  Effect.gen(function* () {
    const context = yield* Effect.acquireRelease(
      promised(() => browser.newContext()),
      (open) => promised(() => open.close())
    )
    const page = yield* promised(() => context.newPage())
    const made = { frames: 0, casts: 0 }
    const counting = {
      newCDPSession: async (of: Page) => {
        const cdp = await context.newCDPSession(of)
        made.casts++
        cdp.on("Page.screencastFrame", () => made.frames++)
        return cdp
      }
    } as unknown as BrowserContext
    return { made, page, session: { page, context: counting } as unknown as OpenSession }
  })

/** The worker's side, which counts how often it asks who watches. */
const counted = Layer.effectContext(
  Effect.map(Layer.build(PgLivePictures.layer), (context) => {
    const pictures = Context.get(context, Live.LivePictures)
    const wanted: typeof pictures.wanted = (sessions) =>
      Effect.tap(pictures.wanted(sessions), () => Effect.sync(() => asked++))
    return Context.make(Live.LivePictures, { ...pictures, wanted })
  })
)
let asked = 0

/** Until the worker has asked that often since now. */
const askedAgain = (times: number) =>
  Effect.suspend(() => {
    const before = asked
    return eventually(Effect.sync(() => (asked >= before + times ? true : undefined)))
  })

const open = (html: string) =>
  Effect.gen(function* () {
    const { made, page, session } = yield* openSession(yield* openBrowser)
    yield* promised(() => page.setContent(html))
    const claim = yield* claimed
    const { offer } = yield* Live.LiveSessions
    yield* offer(claim.lease, session, makeMasker([SECRET]))
    const { look, pictures } = yield* LiveView
    const id = claim.id
    const lookUntil = (condition: string, size: LiveSize = "small") =>
      eventually(
        Effect.map(look(id, size), (now) =>
          Option.isSome(now) && now.value.condition === condition ? now.value : undefined
        )
      )
    return { claim, id, look, lookUntil, made, page, pictures }
  })

const withLive = <A, E, R>(name: string, body: Effect.Effect<A, E, R>) =>
  inDatabase(
    name,
    body.pipe(
      Effect.provide(Layer.merge(Layer.provide(Live.layer, counted), PgLiveView.layer)),
      Effect.scoped
    ) as Effect.Effect<A, E>
  )

/** Width and height of a JPEG, which stand in its start-of-frame segment. */
const sizeOf = (jpeg: Uint8Array) => {
  const bytes = Buffer.from(jpeg)
  let at = 2
  while (bytes[at + 1]! < 0xc0 || bytes[at + 1]! > 0xc2) at += 2 + bytes.readUInt16BE(at + 2)
  return [bytes.readUInt16BE(at + 7), bytes.readUInt16BE(at + 5)]
}

/** Nobody says any more that they watch. */
const nobodyWatches = Effect.flatMap(SqlClient.SqlClient, (sql) =>
  eventually(Effect.map(sql`SELECT FROM live_views WHERE wanted_until < now()`, (rows) => rows[0]))
)

withLive(
  "makes pictures while somebody watches, in the size that is asked for, and none before and after",
  Effect.gen(function* () {
    const { lookUntil, made } = yield* open(MOVING)
    yield* askedAgain(2)
    expect(made).toEqual({ frames: 0, casts: 0 })

    const { picture: small } = yield* lookUntil("live")
    expect(sizeOf(small!.jpeg)).toEqual([400, 225])
    const large = yield* eventually(
      Effect.map(lookUntil("live", "large"), ({ picture }) =>
        sizeOf(picture!.jpeg)[0] === 1_000 ? picture : undefined
      )
    )
    expect(sizeOf(large.jpeg)).toEqual([1_000, 563])

    yield* nobodyWatches
    yield* askedAgain(2)
    const afterwards = made.frames
    yield* askedAgain(2)
    expect(made.frames).toBe(afterwards)
  })
)

withLive(
  "makes one screencast for two that watch, and ends both with the job",
  Effect.gen(function* () {
    const { claim, id, look, lookUntil, made, pictures } = yield* open(MOVING)
    yield* lookUntil("live", "large")
    const watch = Stream.runCollect(pictures(id, "large"))
    const both = yield* Effect.all([Effect.forkScoped(watch), Effect.forkScoped(watch)])
    yield* askedAgain(2)
    expect(made.casts).toBe(1)

    yield* (yield* JobQueue).settle(claim.lease, { _tag: "Completed", result: null })
    const [first, second] = yield* Effect.all(both.map((fiber) => Fiber.join(fiber)))

    for (const seen of [first!, second!]) expect(seen.length).toBeGreaterThan(1)
    expect(new Set(first!.map((picture) => picture.id)).size).toBe(first!.length)
    expect(Option.isNone(yield* look(id, "large"))).toBe(true)
  })
)

withLive(
  "shows no picture while a secret stands on the page, and the page again when it went",
  Effect.gen(function* () {
    const { lookUntil, page } = yield* open('<label>Code <input id="code"></label><p id="said"></p>')
    yield* lookUntil("live")

    yield* promised(() => page.fill("#code", SECRET))
    const typed = yield* lookUntil("hidden")
    yield* promised(() => page.fill("#code", ""))
    const clear = yield* lookUntil("live")
    yield* promised(() =>
      page.evaluate((text) => (document.querySelector("#said")!.textContent = `It is ${text}.`), SECRET)
    )
    const said = yield* lookUntil("hidden")
    yield* promised(() => page.evaluate(() => document.querySelector("#said")!.remove()))

    expect([typed.picture, said.picture]).toEqual([undefined, undefined])
    expect(clear.picture).toBeDefined()
    expect((yield* lookUntil("live")).picture).toBeDefined()
  })
)

withLive(
  "shows a page with a password in a field that shows dots",
  Effect.gen(function* () {
    const { lookUntil, page } = yield* open('<input id="password" type="password">')
    yield* promised(() => page.fill("#password", SECRET))

    expect((yield* lookUntil("live")).picture).toBeDefined()
    yield* promised(() => page.evaluate(() => document.querySelector("input")!.setAttribute("type", "text")))
    yield* lookUntil("hidden")
  })
)

withLive(
  "says that the picture is lost when nobody vouches for the browser, and takes none of an earlier attempt",
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    const claim = yield* claimed
    const { look } = yield* LiveView
    yield* look(claim.id, "small")
    yield* sql`
      UPDATE live_views SET attempt = 1, number = 3, taken_at = now(), frame = '\\xffd8'::bytea,
        answered_at = now() - interval '1 minute'`

    const lost = yield* eventually(
      Effect.map(look(claim.id, "small"), (now) =>
        Option.isSome(now) && now.value.condition === "lost" ? now.value : undefined
      )
    )
    expect(lost.picture?.id).toBe("1-3")

    yield* sql`UPDATE script_jobs SET attempt = 2`
    const after = yield* eventually(
      Effect.map(look(claim.id, "small"), (now) =>
        Option.isSome(now) && now.value.picture === undefined ? now.value : undefined
      )
    )
    expect(after.condition).toBe("lost")
  })
)

withLive(
  "removes the picture with the session",
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    const pictures = sql`SELECT FROM live_views WHERE frame IS NOT NULL`
    const watched = Effect.gen(function* () {
      const { lookUntil } = yield* open("<h1>Menu</h1>")
      yield* lookUntil("live")
      return yield* pictures
    })
    const during = yield* Effect.scoped(watched)

    expect(during).toHaveLength(1)
    yield* eventually(Effect.map(pictures, (rows) => (rows.length === 0 ? true : undefined)))
  })
)

it.effect("asks once a second who watches, and not at all while no browser is open", () => {
  let questions = 0
  const pictures = Layer.mock(Live.LivePictures, { wanted: () => Effect.sync(() => new Map(void questions++)) })
  const lease = { jobId: Bun.randomUUIDv7(), attempt: 1 } as Lease
  return Effect.gen(function* () {
    const { offer } = yield* Live.LiveSessions
    yield* TestClock.adjust("1 minute")
    const before = questions
    yield* Effect.scoped(
      Effect.andThen(
        offer(lease, {} as OpenSession, makeMasker([])),
        Effect.andThen(Effect.yieldNow, TestClock.adjust("10 seconds"))
      )
    )
    const during = questions
    yield* TestClock.adjust("1 minute")

    expect(before).toBe(0)
    expect(during).toBeWithin(9, 12)
    expect(questions).toBe(during)
  }).pipe(Effect.provide(Layer.provide(Live.layer, pictures)))
})

withLive(
  "leaves nothing behind of a watch that was said while the job ended",
  Effect.gen(function* () {
    const claim = yield* claimed
    const { look } = yield* LiveView
    const rows = Effect.flatMap(SqlClient.SqlClient, (sql) => sql`SELECT job_id FROM live_views`)
    expect(Option.isSome(yield* look(claim.id, "large"))).toBe(true)
    expect(yield* rows).toHaveLength(1)

    // Its worker has tidied up before that, so the row is there for nobody to remove but who made it.
    yield* (yield* JobQueue).settle(claim.lease, { _tag: "Completed", result: null })

    yield* eventually(Effect.map(rows, (left) => (left.length === 0 ? true : undefined)))
  })
)
