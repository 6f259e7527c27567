import { expect } from "bun:test"
import { constants, generateKeyPairSync, privateDecrypt } from "node:crypto"
import { Effect } from "effect"
import { it } from "../../support/effect.ts"
import { cutOffAfterEach } from "../support/cutOff.ts"
import { makeStepsMemory } from "../support/MemorySteps.ts"
import { practise } from "../support/PracticeSite.ts"

/** Several attempts in a real browser, on a machine that may be busy. */
const LONGEST_MS = 180_000

const restaurant = "trattoria-roma"

const pair = (modulusLength: number) =>
  generateKeyPairSync("rsa", {
    modulusLength,
    publicKeyEncoding: { type: "spki", format: "pem" },
    privateKeyEncoding: { type: "pkcs8", format: "pem" }
  })

const receiver = pair(2048)

const open = (sealed: string) =>
  privateDecrypt(
    { key: receiver.privateKey, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: "sha256" },
    Buffer.from(sealed, "base64")
  ).toString()

const input = {
  restaurantId: restaurant,
  email: "practice@example.com",
  password: "practice-password",
  name: "Website",
  permissions: { readMenu: true, changeMenu: false },
  recipientKey: receiver.publicKey
}

/** Whether the portal lets somebody with this key read the menu. */
const works = (server: { readonly url: URL }, key: string) =>
  Effect.promise(() =>
    fetch(new URL("/practice/api/menu", server.url), { headers: { Authorization: `Bearer ${key}` } }).then(
      ({ ok }) => ok
    )
  )

interface Result {
  readonly created: boolean
  readonly keyStart: string
  readonly sealedKey: string
}

const saves = (requests: ReadonlyArray<string>) =>
  requests.filter((request) => request.startsWith("POST") && request !== "POST /sign-in")

it.live(
  "hands the key over so that only its receiver can read it",
  () =>
    Effect.gen(function* () {
      const { attempt, log, requests, server } = yield* practise("create-api-key")
      const memory = makeStepsMemory()

      const result = (yield* attempt(input, memory)) as Result

      const key = open(result.sealedKey)
      expect(key).toStartWith(result.keyStart)
      expect(result.keyStart).toMatch(/^pk_[0-9a-f]{8}$/u)
      expect(result.created).toBeTrue()
      expect(yield* works(server, key)).toBeTrue()
      expect(saves(requests())).toEqual(["POST /api-keys/new"])
      expect(JSON.stringify([result, log, memory.progress, [...memory.checkpoints]])).not.toContain(key)
    }),
  LONGEST_MS
)

it.live(
  "creates the key of its example, and leaves a key of that name alone in a second run",
  () =>
    Effect.gen(function* () {
      const { attempt, log, requests } = yield* practise("create-api-key")

      const first = (yield* attempt()) as Result
      const second = yield* attempt()
      const otherCase = yield* attempt({ ...input, name: "TILL" })

      expect(first.created).toBeTrue()
      expect(second).toEqual({
        created: false,
        keyStart: first.keyStart,
        toDo: expect.stringContaining("A key “Till” was there before")
      })
      expect(otherCase).toMatchObject({ created: false, keyStart: first.keyStart })
      expect(saves(requests())).toEqual(["POST /api-keys/new"])
      expect(log).toContain("A key “Till” is there already. It was left alone")
    }),
  LONGEST_MS
)

it.live(
  "replaces a key when it is told to, and takes its public key without line breaks",
  () =>
    Effect.gen(function* () {
      const { attempt, requests, server } = yield* practise("create-api-key")
      const first = (yield* attempt(input)) as Result

      const recipientKey = receiver.publicKey.replaceAll("\n", "")
      const second = (yield* attempt({ ...input, recipientKey, replace: true })) as Result

      expect(second).toMatchObject({ created: true })
      expect(yield* works(server, open(first.sealedKey))).toBeFalse()
      expect(yield* works(server, open(second.sealedKey))).toBeTrue()
      expect(saves(requests())).toEqual([
        "POST /api-keys/new",
        `POST /api-keys/${first.keyStart}/revoke`,
        "POST /api-keys/new"
      ])
    }),
  LONGEST_MS
)

it.live(
  "creates a lost key anew, wherever it was cut off, and leaves one working key",
  () =>
    Effect.gen(function* () {
      const { attempt, requests, server } = yield* practise("create-api-key")

      const result = (yield* cutOffAfterEach(["prepare", "create", "verify"], attempt, input)) as Result

      expect(yield* works(server, open(result.sealedKey))).toBeTrue()
      const [, lost] = saves(requests())
      expect(lost).toMatch(/^POST \/api-keys\/pk_[0-9a-f]{8}\/revoke$/u)
      expect(lost).not.toContain(result.keyStart)
      expect(saves(requests())).toEqual(["POST /api-keys/new", String(lost), "POST /api-keys/new"])
    }),
  LONGEST_MS
)

it.live(
  "can be tried again when the answer with the key is an error, lost or after the session",
  () =>
    Effect.gen(function* () {
      const { attempt, faults, server } = yield* practise("create-api-key")
      const failing = Effect.fnUntraced(function* (kind: "error" | "session" | "dropped-connection") {
        const memory = makeStepsMemory()
        const order = { ...input, name: `Till ${kind}` }
        faults.switchOn(restaurant, { kind, timesLeft: 1, pathPrefix: "/api-keys/new" })
        const error = yield* Effect.flip(attempt(order, memory))
        const { sealedKey } = (yield* attempt(order, memory)) as Result
        expect(yield* works(server, open(sealedKey))).toBeTrue()
        return error
      })

      expect(yield* failing("error")).toMatchObject({ _tag: "RetryableError", code: "SERVICE_UNAVAILABLE" })
      expect(yield* failing("session")).toMatchObject({ _tag: "RetryableError", code: "SESSION_EXPIRED" })
      expect(yield* failing("dropped-connection")).toMatchObject({ _tag: "RetryableError", code: "NETWORK_ERROR" })
    }),
  LONGEST_MS
)

it.live(
  "refuses a public key that is weak, broken or of another kind before it opens the portal",
  () =>
    Effect.gen(function* () {
      const { attempt, requests } = yield* practise("create-api-key")
      const failureOf = (recipientKey: string) => Effect.flip(attempt({ ...input, recipientKey }))
      const { publicKey } = generateKeyPairSync("ed25519", { publicKeyEncoding: { type: "spki", format: "pem" } })

      const weak = yield* failureOf(pair(1024).publicKey)
      const broken = yield* failureOf("-----BEGIN PUBLIC KEY-----\n%%%\n-----END PUBLIC KEY-----")
      const otherKind = yield* failureOf(String(publicKey))
      const secret = yield* failureOf(receiver.privateKey)
      const nothing = yield* Effect.flip(attempt({ ...input, permissions: { readMenu: false } }))

      for (const error of [weak, broken, otherKind]) {
        expect(error).toMatchObject({ _tag: "FatalError", code: "VALIDATION_ERROR" })
      }
      expect([secret, nothing]).toMatchObject([{ _tag: "InvalidInput" }, { _tag: "InvalidInput" }])
      expect(JSON.stringify(secret)).not.toContain(receiver.privateKey.slice(40, 80))
      expect(requests()).toEqual([])
    }),
  LONGEST_MS
)
