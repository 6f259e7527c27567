/** The running server that commands about jobs talk to: over its API, so that they may do what their key may do. */
import { Effect, Schema } from "effect"
import { CallboardError } from "../client/CallboardError.ts"
import { type CallboardClient, createClient } from "../client/createClient.ts"
import { HttpUrl } from "../runtime/identitySettings.ts"
import { NonEmpty, optional, setting } from "../runtime/Setting.ts"
import { Refused } from "./Refused.ts"

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

const WITHOUT_KEY = "Set CALLBOARD_API_KEY to a key: callboard keys create makes one."

/** Each wrong value with its place, as the API names it. */
const detailsOf = ({ errors }: CallboardError): string =>
  errors.map(({ message, path }) => `\n  ${path === "" ? "" : `${path}: `}${message}`).join("")

const refusalOf =
  (url: string) =>
  (cause: unknown): Refused => {
    if (!(cause instanceof CallboardError)) return new Refused({ message: String(cause) })
    if (cause.status === 0) {
      return new Refused({
        message: `Callboard does not answer at ${url}. Start it, or set CALLBOARD_URL to where it is.`
      })
    }
    const hint = cause.status === 401 ? ` ${WITHOUT_KEY}` : ""
    return new Refused({ message: `${cause.message}${detailsOf(cause)}${hint}` })
  }

/** Asks the server; a refusal is a sentence. */
export const ask = <A>(work: (client: CallboardClient, signal: AbortSignal) => Promise<A>) =>
  Effect.gen(function* () {
    const url = yield* baseUrl
    const token = process.env[clientSettings.key.variable]
    const client = createClient({ baseUrl: url, ...(token !== undefined && { token }) })
    return yield* Effect.tryPromise({ try: (signal) => work(client, signal), catch: refusalOf(url) })
  })
