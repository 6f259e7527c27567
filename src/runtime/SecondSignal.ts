/** A second Ctrl-C (or SIGTERM) means now: browsers and the embedded PostgreSQL are killed, and the process ends. */
import { join } from "node:path"
import { Effect, Layer } from "effect"
import { DataDirectory } from "./DataDirectory.ts"
import { killMarked, markerOf } from "./ProcessSweep.ts"
import { killServer } from "./postgres/EmbeddedPostgresTakeover.ts"
import { ThisWorker } from "./ThisWorker.ts"

/** 128 and the number of SIGINT, as shells have it. */
const EXIT_CODE = 130

/**
 * One Ctrl-C comes twice: from the terminal, and from the command that started us and passes it on at once. A person
 * takes longer for a second one.
 */
const SAME_KEYPRESS_MS = 250

const SIGNALS = ["SIGINT", "SIGTERM"] as const

export const makeIsSecond = () => {
  let firstMs: number | undefined
  return (nowMs: number): boolean => {
    firstMs ??= nowMs
    return nowMs - firstMs >= SAME_KEYPRESS_MS
  }
}

/** What ran is in the database with its lease; the next start takes it over. */
const endNow = (dataDirectory: string, marker: string) =>
  killMarked(marker).pipe(
    Effect.andThen(Effect.sync(() => killServer(join(dataDirectory, "postgres")))),
    Effect.ensuring(Effect.sync(() => process.exit(EXIT_CODE)))
  )

export const layer = Layer.effectDiscard(
  Effect.gen(function* () {
    const { path } = yield* DataDirectory
    const worker = yield* ThisWorker
    const isSecond = makeIsSecond()
    const onSignal = () => {
      if (isSecond(performance.now())) Effect.runFork(endNow(path, markerOf(worker)))
    }
    // A closed terminal is a polite request to stop.
    const onHangUp = () => process.kill(process.pid, "SIGTERM")
    yield* Effect.acquireRelease(
      Effect.sync(() => {
        for (const signal of SIGNALS) process.on(signal, onSignal)
        process.on("SIGHUP", onHangUp)
      }),
      () =>
        Effect.sync(() => {
          for (const signal of SIGNALS) process.off(signal, onSignal)
          process.off("SIGHUP", onHangUp)
        })
    )
  })
)
