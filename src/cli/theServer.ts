/** The running server that commands about jobs talk to: over its API, so that they may do what their key may do. */
import { Effect, Schema } from "effect"
import { CallboardError } from "../client/CallboardError.ts"
import { type CallboardClient, createClient } from "../client/createClient.ts"
import { Refused } from "./Refused.ts"

/** Where `bun run start` listens unless it is told otherwise. */
const STANDARD_URL = "http://127.0.0.1:3000"

const Url = Schema.String.check(
  Schema.makeFilter((text: string) => URL.canParse(text) && /^https?:$/u.test(new URL(text).protocol))
)

const baseUrl = Effect.suspend(() => {
  const url = process.env.CALLBOARD_URL ?? STANDARD_URL
  return Schema.is(Url)(url)
    ? Effect.succeed(url)
    : Effect.fail(new Refused({ message: "CALLBOARD_URL must be an http:// or https:// URL." }))
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
    const token = process.env.CALLBOARD_API_KEY
    const client = createClient({ baseUrl: url, ...(token !== undefined && { token }) })
    return yield* Effect.tryPromise({ try: (signal) => work(client, signal), catch: refusalOf(url) })
  })
