/** The name under which this process claims jobs. */
import { createHash } from "node:crypto"
import { hostname } from "node:os"
import { Context, Effect, Layer } from "effect"
import type { WorkerIdentity } from "../domain/Lease.ts"
import { DataDirectory } from "./DataDirectory.ts"

/**
 * A process that owns its data directory keeps its name over restarts, so that it takes over at once what it ran before
 * a crash. Processes that share a directory (and a database) are told apart by a fresh name each; what one of them ran
 * is taken over when its lease ends.
 */
export const identityOf = (dataDirectory: string, exclusive: boolean): WorkerIdentity => {
  const bootId = Bun.randomUUIDv7()
  const place = createHash("sha256").update(dataDirectory).digest("hex").slice(0, 6)
  const name = `${hostname()}-${place}`
  return { name: exclusive ? name : `${name}-${bootId.slice(-6)}`, bootId }
}

export class ThisWorker extends Context.Service<ThisWorker, WorkerIdentity>()("callboard/runtime/ThisWorker") {
  static readonly layer = (exclusive: boolean) =>
    Layer.effect(
      ThisWorker,
      Effect.map(DataDirectory, ({ path }) => identityOf(path, exclusive))
    )
}
