/** A browser that runs for one seat, wherever it runs. */
import type { Effect } from "effect"
import type { Browser } from "playwright"
import type { JobError } from "../../domain/JobError.ts"

export interface RunningBrowser {
  readonly browser: Browser
  /** Ends it at once: a browser here is gone for certain afterwards, one elsewhere has lost what was open in it. */
  readonly kill: Effect.Effect<void>
  /** The same, politely where it listens. */
  readonly close: Effect.Effect<void>
  /** Bytes of memory that it uses on this machine; 0 where nobody can tell. */
  readonly memory: Effect.Effect<number>
}

export interface StartOptions {
  /** Where Playwright writes traces while it records them. A Playwright server elsewhere records there. */
  readonly tracesDir: string
}

/**
 * Starts a browser. `onStart` gets it in the same moment in which it exists, so that no interruption can come between a
 * browser and its owner. An interrupted start leaves nothing behind.
 */
export type StartBrowser = (
  options: StartOptions,
  onStart: (running: RunningBrowser) => void
) => Effect.Effect<void, JobError>
