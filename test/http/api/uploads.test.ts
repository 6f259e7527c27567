import { expect } from "bun:test"
import { Effect, Fiber } from "effect"
import { TestClock } from "effect/testing"
import { LARGEST_UPLOAD } from "../../../src/domain/Uploads.ts"
import { it } from "../../support/effect.ts"
import { makeApi, readAnswer } from "../calls.ts"

const start = Effect.gen(function* () {
  const api = yield* makeApi
  const send = (body: NonNullable<RequestInit["body"]>, headers: Record<string, string> = {}, query = "") =>
    Effect.promise(() =>
      api.handler(new Request(`http://localhost:3000/api/uploads${query}`, { method: "POST", body, headers }))
    ).pipe(Effect.flatMap(readAnswer))
  const kept = () => [...api.uploads.files.values()]
  return { ...api, send, kept }
})

const formOf = (content: string | Blob, name = "menu.csv", key = "file") => {
  const form = new FormData()
  form.set("note", "spring menu")
  form.set(key, new File([content], name, { type: "text/csv" }))
  return form
}

it.effect("keeps the file of a form, for the caller's organisation", () =>
  Effect.gen(function* () {
    const { kept, send } = yield* start

    const { json, status } = yield* send(formOf("of,format\njobs,csv\n"))

    expect(status).toBe(201)
    expect(json).toMatchObject({ data: { name: "menu.csv", size: 19 } })
    expect(kept()[0]?.upload).toMatchObject({ organisationId: "default", createdBy: "local", name: "menu.csv" })
    expect(Buffer.from(kept()[0]!.bytes).toString()).toBe("of,format\njobs,csv\n")
  })
)

it.effect("keeps a file that is the body itself", () =>
  Effect.gen(function* () {
    const { kept, send } = yield* start

    const { status } = yield* send('{"of":"jobs"}\n', { "Content-Type": "application/x-ndjson" }, "?name=rows.ndjson")

    expect(status).toBe(201)
    expect(kept()[0]?.upload).toMatchObject({ name: "rows.ndjson", contentType: "application/x-ndjson" })
  })
)

it.effect("keeps nothing of a name but its last part", () =>
  Effect.gen(function* () {
    const { kept, send } = yield* start

    yield* send(formOf("a\n", "C:\\Users\\ada\\../menu.csv"))

    expect(kept()[0]?.upload.name).toBe("menu.csv")
  })
)

it.effect("refuses a form without a file, and what is neither form nor file", () =>
  Effect.gen(function* () {
    const { kept, send } = yield* start

    const without = yield* send(formOf("a\n", "menu.csv", "other"))
    const broken = yield* send("no form at all", { "Content-Type": "multipart/form-data; boundary=x" })
    const json = yield* send("{}", { "Content-Type": "application/json" })

    expect([without.status, broken.status, json.status]).toEqual([422, 422, 415])
    expect(without.json).toMatchObject({ errors: [{ path: "file" }] })
    expect(kept()).toEqual([])
  })
)

it.effect("takes a large file and refuses one that is too large, in a form and as the body", () =>
  Effect.gen(function* () {
    const { kept, send } = yield* start
    const large = new Uint8Array(LARGEST_UPLOAD)
    const tooLarge = new Uint8Array(LARGEST_UPLOAD + 1)

    const good = yield* send(formOf(new Blob([large])))
    const inForm = yield* send(formOf(new Blob([tooLarge])))
    const asBody = yield* send(tooLarge, { "Content-Type": "text/csv" })

    expect([good.status, inForm.status, asBody.status]).toEqual([201, 413, 413])
    expect(kept().map(({ bytes }) => bytes.length)).toEqual([LARGEST_UPLOAD])
  })
)

it.effect("keeps nothing of a name that a database does not take", () =>
  Effect.gen(function* () {
    const { kept, send } = yield* start

    const { status } = yield* send("a\n", { "Content-Type": "text/csv" }, "?name=a%00b.csv")

    expect(status).toBe(201)
    expect(kept()[0]?.upload.name).toBe("ab.csv")
  })
)

it.effect("refuses a file that is larger than it may be before it comes", () =>
  Effect.gen(function* () {
    const { kept, send } = yield* start
    const headers = { "Content-Type": "text/csv", "Content-Length": String(LARGEST_UPLOAD + 2 * 1_024 ** 2) }

    const { json, status } = yield* send("a\n", headers)

    expect([status, json]).toMatchObject([413, { code: "BODY_TOO_LARGE" }])
    expect(kept()).toEqual([])
  })
)

it.effect("does not wait for ever for the rest of a file", () =>
  Effect.gen(function* () {
    const { kept, send } = yield* start
    const endless = new ReadableStream({ start: (controller) => controller.enqueue(new TextEncoder().encode("a,")) })

    const answer = yield* Effect.forkChild(send(endless, { "Content-Type": "text/csv" }))
    yield* TestClock.adjust("16 minutes")

    const { json, status } = yield* Fiber.join(answer)
    expect([status, json]).toMatchObject([408, { code: "BODY_TIMEOUT" }])
    expect(kept()).toEqual([])
  })
)
