import { expect } from "bun:test"
import { Context, Effect, Layer } from "effect"
import { HttpClosing } from "../../src/http/HttpClosing.ts"
import * as HttpServer from "../../src/http/HttpServer.ts"
import { it } from "../support/effect.ts"
import { makeIdentityApp } from "./identityApp.ts"

/** The sign-in on a port of its own: only a real connection has an address. */
const startServer = (trustedProxies: number) =>
  Effect.gen(function* () {
    const { app, identity } = yield* makeIdentityApp({}, { trustedProxies })
    identity.keyFor("viewer")
    const server = HttpServer.layer({ host: "127.0.0.1", port: 0, fetch: (request, env) => app.fetch(request, env) })
    const built = yield* Layer.build(Layer.provide(server, HttpClosing.layer))
    const address = new URL("/sign-in", Context.get(built, HttpServer.HttpServerAddress).url)
    const tryKey = (headers: Record<string, string> = {}) =>
      Effect.promise(async () => {
        const body = new URLSearchParams({ credential: "cb_wrong", back: "/" })
        return (await fetch(address, { method: "POST", headers, body })).status
      })
    return { identity, tryKey }
  })

it.live("writes the network of a connection into the audit when a key is wrong", () =>
  Effect.gen(function* () {
    const { identity, tryKey } = yield* startServer(0)

    yield* tryKey()

    expect(identity.notes).toMatchObject([{ action: "sign-in-failed", stranger: "127.0.0.0/24" }])
  })
)

it.live("lets a stranger behind the proxy lock out nobody but himself", () =>
  Effect.gen(function* () {
    const { tryKey } = yield* startServer(1)
    const stranger = { "X-Forwarded-For": "203.0.113.9" }

    const tries = yield* Effect.forEach([1, 2, 3, 4, 5, 6], () => tryKey(stranger))

    expect(tries.at(-1)).toBe(429)
    expect(yield* tryKey({ "X-Forwarded-For": "198.51.100.7" })).toBe(401)
  })
)
