/** The running server that commands about jobs talk to: over its API, so that they may do what their key may do. */
import { Effect, Schema } from "effect"
import { type CallboardClient, createClient } from "../client/createClient.ts"
import { persist } from "../client/follow.ts"
import { isLoopback } from "../domain/Reach.ts"
import { HttpUrl } from "../runtime/identitySettings.ts"
import { NonEmpty, optional, setting } from "../runtime/Setting.ts"
import { Refused } from "./Refused.ts"
import { refusalOf } from "./refusal.ts"

/** What these commands read, in the form of the settings of the server: an empty one counts as not set. */
export const clientSettings = {
  url: setting({
    variable: "CALLBOARD_URL",
    unit: "URL",
    schema: HttpUrl,
    standard: "http://127.0.0.1:3000",
    description: "Commands about jobs only: the server that they talk to.",
    example: "https://jobs.example.com"
  }),
  key: optional({
    variable: "CALLBOARD_API_KEY",
    unit: "key",
    schema: NonEmpty,
    description: "Commands about jobs only: the key that they bring.",
    example: "cb_..."
  })
}

const baseUrl = Effect.suspend(() => {
  const { schema, standard, variable } = clientSettings.url
  const url = process.env[variable] || standard
  return Schema.is(schema)(url)
    ? Effect.succeed(url)
    : Effect.fail(new Refused({ message: `${variable} must be an http:// or https:// URL.` }))
})

const apiKey = Effect.suspend(() => {
  const { variable } = clientSettings.key
  const key = process.env[variable]
  return key === undefined || /^[\x21-\x7e]*$/u.test(key)
    ? Effect.succeed(key)
    : Effect.fail(new Refused({ message: `${variable} must be a key alone, without spaces and line breaks.` }))
})

/** No proxy knows the way to a server on this machine. The lower-case name is the one that Bun prefers. */
const goStraight = (url: string) =>
  Effect.sync(() => {
    const { hostname } = new URL(url)
    if (isLoopback(hostname)) process.env.no_proxy = hostname
  })

/** Asks the server; a refusal is a sentence. */
export const ask = <A>(work: (client: CallboardClient, signal: AbortSignal) => Promise<A>) =>
  Effect.gen(function* () {
    const url = yield* baseUrl
    const token = yield* apiKey
    yield* goStraight(url)
    const client = createClient({ baseUrl: url, ...(token !== undefined && { token }) })
    return yield* Effect.tryPromise({ try: (signal) => work(client, signal), catch: refusalOf(url) })
  })

/** For work that goes on for long: it says once when the connection is lost, and tries until it is there again. */
export const makePatientAsk = () => {
  let isLost = false
  const onBreak = () => {
    if (!isLost) process.stderr.write("The connection is lost, trying again.\n")
    isLost = true
  }
  const onAnswer = () => {
    isLost = false
  }
  const patientAsk = <A>(work: (client: CallboardClient, signal: AbortSignal) => Promise<A>) =>
    ask((client, signal) => persist(() => work(client, signal), signal, onBreak)).pipe(
      Effect.tap(Effect.sync(onAnswer))
    )
  return { onAnswer, onBreak, patientAsk }
}
