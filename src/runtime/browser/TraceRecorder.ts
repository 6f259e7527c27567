/** Records a Playwright trace of a session. What leaves the folder of raw traces is masked. */
import { stat } from "node:fs/promises"
import { join } from "node:path"
import { Duration, Effect, Stream } from "effect"
import type { Bytes } from "../../domain/Artifacts.ts"
import { giveUpAfter } from "../giveUpAfter.ts"
import type { OpenSession } from "./BrowserSeat.ts"
import { maskTrace } from "./maskTrace.ts"

/** Packed; a trace that is larger would take too long to mask. */
const MOST_BYTES = 64 * 1024 * 1024

/** A browser that hangs does not give its trace. */
const LONGEST_STOP = Duration.seconds(10)

/** With masking and storing. */
const LONGEST_KEEP = Duration.seconds(30)

const attempt = <A>(work: () => Promise<A>) => Effect.tryPromise({ try: work, catch: (cause) => cause as Error })

/** Other fibers run between two pieces. */
const streamOf = (zip: Uint8Array, secrets: ReadonlyArray<string>): Bytes =>
  Stream.fromIterable(maskTrace(zip, secrets), { chunkSize: 1 }).pipe(
    Stream.mapEffect((piece) => Effect.as(Effect.yieldNow, piece)),
    Stream.filter((piece) => piece.length > 0)
  )

const readZip = async (path: string): Promise<Uint8Array> => {
  const { size } = await stat(path)
  if (size > MOST_BYTES) throw new Error(`The trace has ${size} bytes, ${MOST_BYTES} are allowed.`)
  return await Bun.file(path).bytes()
}

/** None where recording does not start: then there is no trace, and the job goes on. */
export const recordTrace = ({ context, rawTraces }: OpenSession, longestDiscard: Duration.Duration) =>
  // Its own pictures show what is secret, and nobody can rewrite a picture; the snapshots show the same page.
  attempt(() => context.tracing.start({ snapshots: true, screenshots: false, sources: false })).pipe(
    Effect.as({
      /** Stops recording, so that nothing is written while the browser is killed. What takes longer ends by itself. */
      discard: attempt(() => context.tracing.stop()).pipe(giveUpAfter(longestDiscard), Effect.ignore),
      /** Stops recording and gives the masked trace to `store`. */
      keep: <A, E>(secrets: () => ReadonlyArray<string>, store: (content: Bytes) => Effect.Effect<A, E>) =>
        Effect.gen(function* () {
          const path = join(rawTraces, `${crypto.randomUUID()}.zip`)
          yield* attempt(() => context.tracing.stop({ path })).pipe(giveUpAfter(LONGEST_STOP))
          const zip = yield* attempt(() => readZip(path))
          return yield* store(streamOf(zip, secrets()))
        }).pipe(giveUpAfter(LONGEST_KEEP))
    }),
    Effect.orElseSucceed(() => undefined)
  )
