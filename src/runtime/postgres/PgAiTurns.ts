import { createHash } from "node:crypto"
import { Duration, Effect, Layer, Redacted } from "effect"
import { SqlClient } from "effect/sql"
import { AiTurns, type Turn } from "../ai/AiTurns.ts"
import { answered } from "./callFailures.ts"

export interface AiTurnsOptions {
  readonly baseUrl: string
  readonly apiKey: Redacted.Redacted | undefined
  readonly requestsPerMinute: number
}

/** Turns that nobody took are kept for this long, so that a job may ask for some days of a trip at once. */
const BURST = Duration.seconds(5)

/** A turn is taken so long before it comes, and no longer: that of a job which is stopped meanwhile is nobody's. */
const AHEAD = Duration.seconds(1)

/** A job that the provider would keep waiting for longer goes back to the queue. Who waits for a turn looks again so soon. */
const LONGEST_WAIT = Duration.seconds(20)

const SECOND_MS = 1_000

/** Which key of which provider, without saying it. */
const nameOf = ({ apiKey, baseUrl }: AiTurnsOptions) =>
  createHash("sha256")
    .update(`${baseUrl}\n${apiKey === undefined ? "" : Redacted.value(apiKey)}`)
    .digest("hex")

export const layer = (options: AiTurnsOptions) =>
  Layer.effect(
    AiTurns,
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const key = nameOf(options)
      const every = 60 / options.requestsPerMinute
      const burst = Math.floor(Duration.toSeconds(BURST) / every)
      const [ahead, longest] = [Duration.toSeconds(AHEAD), Duration.toSeconds(LONGEST_WAIT)]
      // Whoever has mended what the provider complained of starts Callboard anew, and then waits for nothing.
      yield* sql`UPDATE ai_turns SET paused_until = '-infinity' WHERE key = ${key}::text AND paused_until > now()`.pipe(
        Effect.catch((error) => Effect.logWarning("a pause of the AI provider could not be ended", error))
      )
      return AiTurns.of({
        take: sql<{ wait: number; paused: boolean }>`
          SELECT take_ai_turn(
            ${key}::text, ${every}::float8 * interval '1 second', ${burst}::integer, ${ahead} * interval '1 second'
          ) AS wait, EXISTS (
            SELECT FROM ai_turns WHERE key = ${key}::text AND paused_until > now() + ${longest} * interval '1 second'
          ) AS paused`.pipe(
          Effect.map((rows): Turn => {
            const { paused, wait: ms } = rows[0] ?? { wait: 0, paused: false }
            if (ms >= 0) return { _tag: "Taken", wait: Duration.millis(ms) }
            if (paused) return { _tag: "Paused", wait: Duration.millis(-ms) }
            return { _tag: "Later", wait: Duration.min(Duration.subtract(Duration.millis(-ms), AHEAD), LONGEST_WAIT) }
          }),
          answered("aiTurn")
        ),
        pause: (time) =>
          sql`
            INSERT INTO ai_turns AS t (key, next_at, paused_until)
            VALUES (${key}::text, now(), now() + ${Duration.toMillis(time) / SECOND_MS} * interval '1 second')
            ON CONFLICT (key) DO UPDATE SET paused_until = greatest(t.paused_until, excluded.paused_until)`.pipe(
            answered("aiTurn"),
            Effect.asVoid
          )
      })
    })
  )
