/** The event stream of a job as an async iterator that comes back after a break, behind the last event it gave. */
import { CallboardError } from "./CallboardError.ts"
import { pause } from "./pause.ts"
import { asIs, type Send } from "./send.ts"
import { hasEnded, type JobEvent } from "./wire.ts"

export interface EventsOptions {
  readonly signal?: AbortSignal
  /** The `id` of the last event that is known already. */
  readonly lastEventId?: string
  /** The stream broke; it is opened again in a moment. */
  readonly onBreak?: () => void
}

const RECOVER_MS = 2_000

/** The server says something every 15 s. Three times that without a byte: the connection is dead, although nobody said so. */
const SILENCE_MS = 45_000

/** The events of one answer: `field: value` lines, an empty line behind each event. */
async function* read(body: ReadableStream<Uint8Array>): AsyncGenerator<JobEvent> {
  const reader = body.getReader()
  const decoder = new TextDecoder()
  let rest = ""
  try {
    for (;;) {
      const silence = setTimeout(() => void reader.cancel().catch(() => undefined), SILENCE_MS)
      const { done, value } = await reader.read().finally(() => clearTimeout(silence))
      if (done) return
      const blocks = (rest + decoder.decode(value, { stream: true })).split(/\r?\n\r?\n/)
      rest = blocks.pop() ?? ""
      for (const block of blocks) {
        const fields = new Map(
          block.split(/\r?\n/).map((line) => {
            const colon = line.indexOf(":")
            return [line.slice(0, colon), line.slice(colon + 1).trimStart()] as const
          })
        )
        const [event, id, data] = ["event", "id", "data"].map((name) => fields.get(name))
        if (event && data) yield { event, id: id ?? "", data: JSON.parse(data) } as JobEvent
      }
    }
  } finally {
    // A stream that broke refuses this with the failure that the reading above has told of already.
    await reader.cancel().catch(() => undefined)
  }
}

const isLast = ({ data, event }: JobEvent): boolean =>
  event === "removed" || (event === "status" && hasEnded(data.status))

/** Ends with the job. */
export async function* events(
  send: Send,
  id: string,
  { lastEventId, onBreak, signal }: EventsOptions = {}
): AsyncGenerator<JobEvent, void> {
  let last = lastEventId
  for (;;) {
    let isOpen = false
    try {
      const { body } = await send("GET", `/jobs/${encodeURIComponent(id)}/events`, asIs, {
        headers: { accept: "text/event-stream", ...(last !== undefined && { "last-event-id": last }) },
        signal,
        limitMs: SILENCE_MS
      })
      isOpen = true
      if (body === null) return
      for await (const event of read(body)) {
        if (event.id !== "") last = event.id
        yield event
        if (isLast(event)) return
      }
    } catch (error) {
      signal?.throwIfAborted()
      // What the server refuses stays refused, and what can never be sent unsent; a stream that broke goes on.
      const passes = error instanceof CallboardError ? error.isPassing : isOpen
      if (!passes) throw error
    }
    onBreak?.()
    await pause(RECOVER_MS, signal)
  }
}
