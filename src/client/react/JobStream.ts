/**
 * The event stream of one job, shared by all who listen: opened with the first, closed with the last, and closed while the
 * page is hidden. Opened again, it goes on behind the last event.
 */
import { focusManager } from "@tanstack/react-query"
import type { JobEvent, Progress } from "../wire.ts"
import type { JobsClient } from "./JobsClient.ts"

interface StreamNews {
  readonly onProgress: (progress: Progress) => void
  /** Something changed that an event does not say whole, or the stream cannot be relied on any more. */
  readonly onChange: () => void
}

/** The newest events are kept, for those who come later and for lists. */
const MOST_EVENTS = 500

export class JobStream {
  /** Replaced with each event, so that it can be compared. */
  events: ReadonlyArray<JobEvent> = []
  /** An event came and the stream did not break since. Until then, and after that, the job is polled. */
  isLive = false
  readonly #listeners = new Set<() => void>()
  #stop: AbortController | undefined
  #unwatch: (() => void) | undefined
  #isOpen = false
  /** It said all that there is to say. */
  #isOver = false

  constructor(
    readonly client: JobsClient,
    readonly id: string,
    readonly news: StreamNews
  ) {}

  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener)
    if (this.#listeners.size === 1) this.#unwatch = focusManager.subscribe(() => this.#turn())
    this.#turn()
    return () => {
      this.#listeners.delete(listener)
      if (this.#listeners.size > 0) return
      this.#unwatch?.()
      this.#turn()
    }
  }

  /** The job that had ended goes on: so does its stream. */
  goOn(): void {
    this.#isOver = false
    this.#turn()
  }

  /** Opens or closes it, as it is wanted now. */
  #turn(): void {
    const isWanted = this.#listeners.size > 0 && focusManager.isFocused() && !this.#isOver
    if (isWanted === this.#isOpen) return
    if (isWanted) this.#open()
    else this.#close()
  }

  #open(): void {
    const stop = new AbortController()
    this.#stop = stop
    this.#isOpen = true
    const lose = () => {
      if (stop.signal.aborted) return
      this.isLive = false
      this.#tell()
      this.news.onChange()
    }
    const end = (isOver: boolean) => () => {
      if (!stop.signal.aborted) {
        this.#isOpen = false
        this.#isOver = isOver
      }
      lose()
    }
    // A stream that is refused is one that this page has to do without; polling says why.
    void this.#follow(stop.signal, lose).then(end(true), end(false))
  }

  #close(): void {
    this.#stop?.abort()
    this.#isOpen = false
    this.isLive = false
    this.#tell()
  }

  async #follow(signal: AbortSignal, onBreak: () => void): Promise<void> {
    const lastEventId = this.events.at(-1)?.id
    const options = { signal, onBreak, ...(lastEventId !== undefined && { lastEventId }) }
    for await (const event of this.client.events(this.id, options)) {
      if (signal.aborted) return
      this.isLive = true
      this.events = [...this.events, event].slice(-MOST_EVENTS)
      if (event.event === "progress") this.news.onProgress(event.data)
      else if (event.event !== "log" && event.event !== "artifact" && event.event !== "step") this.news.onChange()
      this.#tell()
    }
  }

  #tell(): void {
    for (const listener of this.#listeners) listener()
  }
}
