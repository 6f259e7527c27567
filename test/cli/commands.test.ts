import { expect } from "bun:test"
import { Effect } from "effect"
import { commandLine, startCommand } from "../support/CommandLine.ts"
import { it } from "../support/effect.ts"

const JOB = { id: "1", jobId: "JOB_1", jobType: "bake", status: "in_progress", revision: 1, pollAfterMs: 10 }
const STATUS = { ...JOB, progress: { percent: 10, totalSteps: 2 } }

interface Asked {
  readonly method: string
  readonly path: string
  readonly body: unknown
}

/** What the server says is not what these are about. */
const serverOf = (answer: (asked: Asked) => Response | Promise<Response>) =>
  Effect.map(
    Effect.acquireRelease(
      Effect.sync(() =>
        Bun.serve({
          port: 0,
          hostname: "127.0.0.1",
          idleTimeout: 0,
          fetch: async (request) => {
            const { pathname, search } = new URL(request.url)
            const body = request.method === "POST" ? await request.json() : undefined
            return answer({ method: request.method, path: `${pathname}${search}`, body })
          }
        })
      ),
      (server) => Effect.promise(() => server.stop(true))
    ),
    ({ url }) => ({ CALLBOARD_URL: url.href })
  )

const dataOf = (data: unknown) => Response.json({ data }, { headers: { etag: JSON.stringify(data) } })

it.live("ends with a failure when it is stopped before the job has ended", () =>
  Effect.gen(function* () {
    const isWaiting = Promise.withResolvers<void>()
    const env = yield* serverOf(({ method, path }) => {
      if (method === "POST") return dataOf(JOB)
      if (!path.includes("waitMs")) return dataOf(STATUS)
      isWaiting.resolve()
      return new Promise(() => undefined)
    })
    const command = startCommand(env, ["enqueue", "bake", "--wait"])
    const { code, error, out } = yield* Effect.promise(async () => {
      await isWaiting.promise
      command.kill("SIGTERM")
      return command.ended
    })

    expect([code, out]).toEqual([143, ""])
    expect(error).toEndWith("Not waiting any more. JOB_1 goes on.")
  })
)

it.live("waits for as long as it is told to", () =>
  Effect.gen(function* () {
    const env = yield* serverOf(({ method }) => dataOf(method === "POST" ? JOB : STATUS))
    const ended = yield* commandLine(env)("enqueue", "bake", "--wait", "--timeout", "50 millis")

    expect(ended.code).toBe(1)
    expect(ended.error).toEndWith("JOB_1 has not ended within 50ms.")
  })
)

it.live("says of a new job what it was told", () =>
  Effect.gen(function* () {
    const bodies: Array<unknown> = []
    const env = yield* serverOf(({ body }) => {
      bodies.push(body)
      return dataOf(JOB)
    })
    const words =
      "--run-at 2026-12-24T08:00:00Z --restaurant r-1 --label a --label b --dedupe-key once --depends-on JOB_0"
    const made = yield* commandLine(env)("enqueue", "bake", ...words.split(" "))

    expect([made.code, made.out]).toEqual([0, "JOB_1"])
    expect(bodies).toEqual([
      {
        jobType: "bake",
        input: {},
        priority: 0,
        runAt: "2026-12-24T08:00:00Z",
        restaurantId: "r-1",
        labels: ["a", "b"],
        dedupeKey: "once",
        dependsOn: ["JOB_0"]
      }
    ])
  })
)

it.live("follows the log over a restart of the server, and says once that the connection is lost", () =>
  Effect.gen(function* () {
    let looks = 0
    const lines = [1, 2].map((id) => ({ id, attempt: 1, at: "now", level: "info", message: `line ${id}` }))
    const env = yield* serverOf(({ path }) => {
      if (path.includes("/logs")) return dataOf(path.includes("after=0") ? lines.slice(0, 1) : lines.slice(1))
      looks++
      if (looks === 1) return dataOf(STATUS)
      return looks < 4
        ? Response.json({ code: "SERVICE_UNAVAILABLE" }, { status: 503, headers: { "retry-after": "0" } })
        : dataOf({ ...STATUS, status: "completed" })
    })
    const { code, error, out } = yield* commandLine(env)("jobs", "logs", "JOB_1", "--follow")

    expect(error).toBe("The connection is lost, trying again.")
    expect([code, out.split("\n")]).toEqual([0, ["now #1 info  line 1", "now #1 info  line 2"]])
  })
)

it.live("lists page after page, without what would steer the terminal", () =>
  Effect.gen(function* () {
    const asked: Array<string> = []
    const listed = { ...STATUS, createdAt: "then", restaurantId: "r\u001b[31mRED\nforged" }
    const env = yield* serverOf(({ path }) => {
      asked.push(path)
      return Response.json({ data: [listed], ...(!path.includes("cursor") && { nextCursor: "next" }) })
    })
    const { out } = yield* commandLine(env)("jobs", "list", "--all", "--label", "monday", "--search", "dough")

    const row = "JOB_1  in_progress  10 %  bake  r\\u001b[31mRED\\u000aforged  then"
    expect(out.split("\n")).toEqual([row, row])
    expect(asked).toEqual([
      "/api/jobs?limit=200&label=monday&q=dough",
      "/api/jobs?limit=200&label=monday&q=dough&cursor=next"
    ])
  })
)

it.live("answers what a job asks, and only that", () =>
  Effect.gen(function* () {
    const bodies: Array<unknown> = []
    let prompt: object | undefined = { id: "p1", kind: "confirm", label: "Is it done?" }
    const env = yield* serverOf(({ body, method }) => {
      if (method === "POST") bodies.push(body)
      return dataOf({ ...STATUS, prompt })
    })
    const answer = (value: string) => commandLine(env)("jobs", "answer", "JOB_1", value)
    const wrong = yield* answer("perhaps")
    const right = yield* answer("yes")
    prompt = undefined
    const late = yield* answer("yes")

    expect(wrong).toEqual({ code: 1, out: "", error: "Answer yes or no: Is it done?" })
    expect(right).toEqual({ code: 0, out: "", error: "JOB_1 has its answer." })
    expect(late).toEqual({ code: 1, out: "", error: "JOB_1 asks nothing now." })
    expect(bodies).toEqual([{ promptId: "p1", value: true }])
  })
)
