import { expect } from "bun:test"
import { createServer } from "node:http"
import { createServer as createTlsServer } from "node:https"
import type { AddressInfo } from "node:net"
import { Duration, Effect } from "effect"
import { pki } from "node-forge"
import { NOTHING_PRIVATE, parseAllowed } from "../../../src/runtime/webhooks/AddressRules.ts"
import { type PostOptions, postWebhook } from "../../../src/runtime/webhooks/postWebhook.ts"
import { it } from "../../support/effect.ts"
import { makeCertificate } from "../../support/makeCertificate.ts"
import { HERE, receiver } from "../../support/webhookServices.ts"

const post = (url: string, options: Partial<PostOptions> = {}) =>
  postWebhook({ url, headers: { "content-type": "application/json" }, body: "{}" }, { allowed: HERE, ...options })

const codeOf = (url: string, options: Partial<PostOptions> = {}) =>
  Effect.map(Effect.flip(post(url, options)), ({ code }) => code)

const to = (...addresses: ReadonlyArray<string>) => ({ resolve: () => Effect.succeed(addresses) })

it.live("posts to the address that was checked, and looks the name up once", () =>
  Effect.gen(function* () {
    const { received, url } = yield* receiver(() => new Response("thanks", { status: 201 }))
    const { port } = new URL(url)
    let lookups = 0
    // The second answer is that of an attacker who waits for it.
    const resolve = () => Effect.sync(() => [++lookups === 1 ? "127.0.0.1" : "169.254.169.254"])

    const answer = yield* post(`http://hooks.example.com:${port}/a?b=c`, { resolve })

    expect(answer).toEqual({ status: 201, retryAfter: undefined, text: "thanks" })
    expect(lookups).toBe(1)
    expect(received[0]!.headers.get("host")).toBe(`hooks.example.com:${port}`)
  })
)

it.live("connects to nothing whose name leads to a private address, not even beside a public one", () =>
  Effect.gen(function* () {
    const { received, url } = yield* receiver()
    const { port } = new URL(url)
    const nowhere = { allowed: NOTHING_PRIVATE }

    expect(yield* codeOf(url, nowhere)).toBe("ADDRESS_NOT_ALLOWED")
    for (const addresses of [["127.0.0.1"], ["::ffff:127.0.0.1"], ["8.8.8.8", "127.0.0.1"], ["::1", "8.8.8.8"]]) {
      expect(yield* codeOf(`https://hooks.example.com:${port}/`, { ...nowhere, ...to(...addresses) })).toBe(
        "ADDRESS_NOT_ALLOWED"
      )
    }
    // http goes only to what the setting names.
    expect(yield* codeOf("http://hooks.example.com/", to("8.8.8.8"))).toBe("ADDRESS_NOT_ALLOWED")
    expect(yield* codeOf("https://user:password@hooks.example.com/", to("8.8.8.8"))).toBe("ADDRESS_NOT_ALLOWED")
    expect(received).toEqual([])
  })
)

it.live("follows no redirect", () =>
  Effect.gen(function* () {
    const inside = yield* receiver()
    const { received, url } = yield* receiver(() => Response.redirect(inside.url, 307))

    expect((yield* post(url)).status).toBe(307)
    expect([received.length, inside.received.length]).toEqual([1, 0])
  })
)

it.live(
  "gives up a receiver that keeps silent, and reads no more than the beginning of an answer, which need have no end",
  () =>
    Effect.gen(function* () {
      const silent = yield* Effect.acquireRelease(
        Effect.callback<ReturnType<typeof createServer>>((resume) => {
          const server = createServer((request, response) => {
            if (request.url === "/endless") response.write("x".repeat(100_000))
            if (request.url === "/open") response.write("taken")
            if (request.url === "/broken") {
              response.writeHead(202, { "content-length": "100" })
              response.write("half", () => response.destroy())
            }
          }).listen(0, "127.0.0.1", () => resume(Effect.succeed(server)))
        }),
        (server) =>
          Effect.sync(() => server.closeAllConnections()).pipe(Effect.andThen(Effect.sync(() => server.close())))
      )
      const base = `http://127.0.0.1:${(silent.address() as AddressInfo).port}`

      expect(yield* codeOf(base, { limit: Duration.millis(200) })).toBe("TIMEOUT")
      expect((yield* post(`${base}/endless`)).text).toBe("x".repeat(1_024))
      expect(yield* post(`${base}/open`)).toMatchObject({ status: 200, text: "taken" })
      expect(yield* post(`${base}/broken`)).toMatchObject({ status: 202 })
    })
)

it.live("says what kept it from an answer", () =>
  Effect.gen(function* () {
    expect(yield* codeOf("http://127.0.0.1:9/")).toBe("ADDRESS_NOT_ALLOWED")
    expect(yield* codeOf("http://127.0.0.1:65530/")).toBe("CONNECTION")
    expect(yield* codeOf("https://hooks.example.com/", to())).toBe("NAME")
    expect(yield* codeOf("https://no-such-name.invalid/")).toBe("NAME")
  })
)

/** A certificate for hooks.example.com, of an authority that only who is told of it trusts. */
const certificate = Effect.sync(() => {
  const authority = makeCertificate("authority")
  const own = makeCertificate("hooks.example.com", authority)
  return {
    key: pki.privateKeyToPem(own.key),
    cert: pki.certificateToPem(own.certificate),
    ca: pki.certificateToPem(authority.certificate)
  }
})

it.live("checks the certificate against the name, although it connects to an address", () =>
  Effect.gen(function* () {
    const { ca, ...own } = yield* certificate
    const server = yield* Effect.acquireRelease(
      Effect.callback<ReturnType<typeof createTlsServer>>((resume) => {
        const made = createTlsServer(own, (_, response) => response.end("sealed"))
        made.listen(0, "127.0.0.1", () => resume(Effect.succeed(made)))
      }),
      (made) => Effect.sync(() => made.close())
    )
    const { port } = server.address() as AddressInfo
    const local = { ...to("127.0.0.1"), allowed: parseAllowed("127.0.0.0/8")! }

    const answer = yield* post(`https://hooks.example.com:${port}/`, { ...local, ca })

    expect(answer.text).toBe("sealed")
    expect(yield* codeOf(`https://hooks.example.com:${port}/`, local)).toBe("TLS")
    expect(yield* codeOf(`https://other.example.com:${port}/`, { ...local, ca })).toBe("TLS")
  })
)
