/** The event stream of one job, shared by all who listen: opened with the first, closed with the last. */
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
  #isOpen = false

  constructor(
    readonly client: JobsClient,
    readonly id: string,
    readonly news: StreamNews
  ) {}

  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener)
    if (this.#listeners.size === 1) this.#open()
    return () => {
      this.#listeners.delete(listener)
      if (this.#listeners.size > 0) return
      this.#stop?.abort()
      this.#isOpen = false
      this.events = []
      this.isLive = false
    }
  }

  /** The job that had ended goes on: so does its stream, behind what was told. */
  goOn(): void {
    if (this.#listeners.size > 0 && !this.#isOpen) this.#open()
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
    const end = () => {
      if (!stop.signal.aborted) this.#isOpen = false
      lose()
    }
    // A stream that is refused is one that this page has to do without; polling says why.
    void this.#follow(stop.signal, lose).then(end, end)
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
