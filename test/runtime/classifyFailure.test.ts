import { expect, test } from "bun:test"
import { Cause, Effect, PlatformError, Schema } from "effect"
import { HttpClientError, HttpClientRequest, HttpClientResponse } from "effect/http"
import { SqlError } from "effect/sql"
import { FatalError, type JobErrorCode, RetryableError } from "../../src/domain/JobError.ts"
import { QueueUnavailable } from "../../src/domain/JobQueue.ts"
import { JobsUnavailable } from "../../src/domain/Jobs.ts"
import { BrowserSessions } from "../../src/runtime/browser/BrowserSessions.ts"
import { classifyFailure } from "../../src/runtime/classifyFailure.ts"
import { it } from "../support/effect.ts"
import { testChromium } from "../support/TestChromium.ts"

const named = (name: string, message: string) => Object.assign(new Error(message), { name })
const coded = (code: string | number, message = "it failed") => Object.assign(new TypeError(message), { code })

const sqlError = (reason: SqlError.SqlErrorReason) => new SqlError.SqlError({ reason })

const request = HttpClientRequest.get("https://api.partner.test/menu?key=hunter2")
const answered = (status: number, headers: Record<string, string> = {}) =>
  new HttpClientError.HttpClientError({
    reason: new HttpClientError.StatusCodeError({
      request,
      response: HttpClientResponse.fromWeb(request, new Response(null, { status, headers }))
    })
  })

const schemaError = Effect.runSync(
  Effect.flip(Schema.decodeUnknownEffect(Schema.Struct({ age: Schema.Int }))({ age: "hunter2" }))
)

const table: ReadonlyArray<readonly [what: string, failure: unknown, code: JobErrorCode]> = [
  ["a lost connection", coded("ECONNRESET"), "NETWORK_ERROR"],
  ["a refused connection", coded("ECONNREFUSED"), "NETWORK_ERROR"],
  ["an unknown host", named("Error", "getaddrinfo ENOTFOUND portal.test"), "NETWORK_ERROR"],
  ["undici's failed fetch", new TypeError("fetch failed", { cause: coded("ECONNREFUSED") }), "NETWORK_ERROR"],
  ["undici's failed fetch without a reason", new TypeError("fetch failed"), "NETWORK_ERROR"],
  ["a connection that is too slow", coded("ETIMEDOUT"), "TIMEOUT"],
  ["an aborted request", new DOMException("The operation was aborted.", "AbortError"), "TIMEOUT"],
  ["a request with a time limit", new DOMException("The operation timed out.", "TimeoutError"), "TIMEOUT"],
  ["a time limit of Effect", new Cause.TimeoutError(), "TIMEOUT"],
  ["a status of a busy server", answered(503), "SERVICE_UNAVAILABLE"],
  ["a status of too many requests", answered(429), "RATE_LIMITED"],
  ["a status of a wrong key", answered(401), "INVALID_CREDENTIALS"],
  ["a status of a missing page", answered(404), "NOT_FOUND"],
  [
    "a lost database",
    sqlError(new SqlError.ConnectionError({ cause: coded("ECONNREFUSED"), message: "m", operation: "connect" })),
    "SERVICE_UNAVAILABLE"
  ],
  [
    "a database that shuts down",
    sqlError(new SqlError.UnknownError({ cause: coded("57P01"), message: "m", operation: "execute" })),
    "SERVICE_UNAVAILABLE"
  ],
  [
    "a wrong statement",
    sqlError(new SqlError.SqlSyntaxError({ cause: coded("42601"), message: "m", operation: "execute" })),
    "SCRIPT_DEFECT"
  ],
  ["a queue that cannot be reached", new QueueUnavailable({ operation: "claim", cause: "x" }), "SERVICE_UNAVAILABLE"],
  ["data of the wrong form", schemaError, "VALIDATION_ERROR"],
  [
    "a missing file",
    PlatformError.systemError({ _tag: "NotFound", module: "FileSystem", method: "open" }),
    "NOT_FOUND"
  ],
  ["a command that fails", Object.assign(new Error("Failed"), { exitCode: 3 }), "SCRIPT_DEFECT"],
  [
    "Playwright's closed page",
    new Error("locator.click: Target page, context or browser has been closed"),
    "BROWSER_CRASHED"
  ],
  ["Playwright's lost remote browser", new Error("waitFor: Browser closed"), "BROWSER_CRASHED"],
  ["Playwright's crashed page", new Error("page.goto: Page crashed"), "BROWSER_CRASHED"],
  [
    "Playwright's lost page",
    new Error("page.goto: net::ERR_CONNECTION_RESET at https://portal.test/"),
    "NETWORK_ERROR"
  ],
  [
    "Playwright's slow page",
    named("TimeoutError", "page.goto: Timeout 30000ms exceeded.\nCall log:\n"),
    "NAVIGATION_TIMEOUT"
  ],
  ["Playwright's missing answer", named("TimeoutError", "page.waitForResponse: Timeout 30000ms exceeded."), "TIMEOUT"],
  [
    "Playwright's missing element",
    named("TimeoutError", "locator.click: Timeout 10000ms exceeded."),
    "ELEMENT_NOT_FOUND"
  ],
  ["a failure inside another one", new Error("could not sign in", { cause: coded("ECONNRESET") }), "NETWORK_ERROR"],
  ["a failure in a Cause", Cause.fail(coded("ECONNRESET")), "NETWORK_ERROR"],
  ["a defect in a Cause", Cause.die(new RangeError("hunter2")), "SCRIPT_DEFECT"],
  ["a restaurant that has been closed", new Error("The restaurant has been closed"), "SCRIPT_DEFECT"],
  ["a thrown text", "hunter2", "SCRIPT_DEFECT"],
  ["nothing at all", undefined, "SCRIPT_DEFECT"]
]

test.each(table)("knows %s", (_what, failure, code) => {
  const error = classifyFailure(failure)

  expect(error.code).toBe(code)
  expect(JSON.stringify([error.message, error.hint])).not.toContain("hunter2")
})

test("leaves a script's own decision as it is", () => {
  const retryable = new RetryableError({ code: "SESSION_EXPIRED", message: "Signed out." })
  const fatal = new FatalError({ code: "INVALID_CREDENTIALS", message: "Wrong password." })

  expect(classifyFailure(retryable)).toBe(retryable)
  expect(classifyFailure(Cause.fail(fatal))).toBe(fatal)
})

test("keeps a partner's wish when to come back", () => {
  const date = "Sun, 22 Nov 2026 07:00:00 GMT"
  const later = "Sun, 22 Nov 2026 07:02:00 GMT"

  expect(classifyFailure(answered(429, { "retry-after": "120" }))).toMatchObject({ retryAfterMs: 120_000 })
  expect(classifyFailure(answered(503, { "retry-after": later, date }))).toMatchObject({ retryAfterMs: 120_000 })
  expect(classifyFailure(answered(503, { "retry-after": later }))).not.toHaveProperty("retryAfterMs")
})

test("names an unknown error and keeps it as the cause", () => {
  const thrown = new RangeError("password hunter2 is too short")

  const error = classifyFailure(thrown)

  expect(error.message).toContain("RangeError")
  expect(error.cause).toBe(thrown)
})

it.live("reads what Playwright really throws", () =>
  Effect.gen(function* () {
    const session = yield* (yield* BrowserSessions).open
    yield* session.use((page) => page.setContent("<a>x</a><a>y</a><label>Password <input disabled></label>"))

    const missing = yield* Effect.flip(
      session.use((page) => page.getByRole("button", { name: "Save" }).click({ timeout: 50 }))
    )
    const disabled = yield* Effect.flip(
      session.use((page) => page.getByLabel("Password").fill("hunter2", { timeout: 50 }))
    )
    const twice = yield* Effect.flip(session.use((page) => page.locator("a").click()))
    const unreachable = yield* Effect.flip(session.use((page) => page.goto("http://nowhere.invalid/?key=hunter2")))
    const slow = yield* Effect.flip(session.use((page) => page.waitForURL("**/done", { timeout: 50 })))
    yield* session.use((page) => page.context().tracing.start())
    const traced = yield* Effect.flip(session.use((page) => page.context().tracing.start()))

    expect(missing).toMatchObject({ _tag: "FatalError", code: "ELEMENT_NOT_FOUND" })
    expect(missing.message).toBe(
      "The script waited 0.05 s for getByRole('button', { name: 'Save' }) (click), and it did not become ready."
    )
    expect(disabled.code).toBe("ELEMENT_NOT_FOUND")
    expect(twice.message).toBe("locator('a') matches 2 elements, and the script needs exactly one.")
    expect(unreachable).toMatchObject({ _tag: "RetryableError", code: "NETWORK_ERROR" })
    expect(unreachable.message).toBe("nowhere.invalid could not be loaded (ERR_NAME_NOT_RESOLVED).")
    expect(slow.code).toBe("NAVIGATION_TIMEOUT")
    expect(traced).toMatchObject({ code: "SCRIPT_DEFECT", hint: expect.stringContaining("Leave out tracing.start") })
    expect(`${disabled.message} ${unreachable.message}`).not.toContain("hunter2")
  }).pipe(
    Effect.provide(
      BrowserSessions.layer({
        sessions: 1,
        worker: { name: crypto.randomUUID(), bootId: "1" },
        chromium: testChromium
      })
    )
  )
)

test("takes an error whose code is no text for what its message says", () => {
  const odd = Object.assign(new Error("connect ECONNREFUSED"), { code: Object.create(null) })

  expect(classifyFailure(odd).code).toBe("NETWORK_ERROR")
})

test("says of a statement that ran out of its time that it took too long, not that nobody was there", () => {
  const told = (cause: unknown) => classifyFailure(new JobsUnavailable({ operation: "applyToMany", cause })).message

  expect([new Cause.TimeoutError(), coded("57014"), coded("08006")].map(told)).toEqual([
    "The database took too long to answer.",
    "The database took too long to answer.",
    "The database could not be reached."
  ])
})
