/** Streams of the API over jobs in memory, read event by event. */
import { Context, Effect, Layer } from "effect"
import type { Caller } from "../../../src/domain/Caller.ts"
import { JobSchedules } from "../../../src/domain/JobSchedules.ts"
import { Readiness } from "../../../src/domain/Readiness.ts"
import { Statistics } from "../../../src/domain/Statistics.ts"
import { Webhooks } from "../../../src/domain/Webhooks.ts"
import { makeApiHandler } from "../../../src/http/api/ApiHandler.ts"
import { HttpClosing } from "../../../src/http/HttpClosing.ts"
import { JobsFeeds } from "../../../src/http/streams/JobsFeeds.ts"
import { JobWatches } from "../../../src/http/streams/JobWatches.ts"
import { StreamPlaces } from "../../../src/http/streams/StreamPlaces.ts"
import { FakeJobs } from "../../support/FakeJobs.ts"
import { type LocalHandler, servedLocally } from "../asLocal.ts"
import { greet } from "../builders.ts"
import { toRequest } from "../calls.ts"
import { makeFakeIdentity } from "../fakeIdentity.ts"

export interface Event {
  readonly event: string
  readonly id: string
  readonly data: Record<string, unknown>
}

const parse = (block: string): Event => {
  const field = (name: string) =>
    block
      .split("\n")
      .find((line) => line.startsWith(`${name}: `))
      ?.slice(name.length + 2) ?? ""
  return { event: field("event"), id: field("id"), data: JSON.parse(field("data")) }
}

/** Reads what comes; a test that waits in vain ends by its time limit. */
export const readEvents = (response: Response) => {
  const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader()
  let text = ""
  let isOver = false
  const blocks: Array<string> = []
  const more = async () => {
    const { done, value = "" } = await reader.read()
    isOver = done
    const parts = (text + value).split("\n\n")
    text = parts.pop() ?? ""
    blocks.push(...parts)
  }
  const first = async () => {
    while (blocks.length === 0 && !isOver) await more()
    return blocks.shift()
  }
  const next = async (): Promise<Event | undefined> => {
    for (;;) {
      const block = await first()
      if (block === undefined) return undefined
      if (!block.startsWith(":") && !block.startsWith("retry:")) return parse(block)
    }
  }
  return {
    first: Effect.promise(first),
    next: Effect.promise(next),
    take: (count: number) =>
      Effect.promise(async () => {
        const events: Array<Event> = []
        for (let left = count; left > 0; left--) events.push((await next())!)
        return events
      }),
    rest: Effect.promise(async () => {
      const events: Array<Event> = []
      for (let event = await next(); event !== undefined; event = await next()) events.push(event)
      return events
    }),
    close: Effect.promise(() => reader.cancel())
  }
}

interface Opening {
  readonly lastEventId?: string
  readonly caller?: Caller
  readonly gone?: Effect.Effect<void>
}

export const openStream = (handler: LocalHandler, path: string, { caller, gone, lastEventId }: Opening = {}) => {
  const request = toRequest("GET", path, { headers: lastEventId === undefined ? {} : { "Last-Event-ID": lastEventId } })
  return Effect.promise(() => handler(request, { ...(caller && { caller }), ...(gone && { gone }) }))
}

/** Jobs, and processes that serve them: each call of `serve` is another one. */
export const makeStreams = Effect.sync(() => {
  const fake = new FakeJobs([greet])
  const serve = (places = StreamPlaces.layer) =>
    Effect.gen(function* () {
      const others = Layer.mergeAll(
        fake.layer,
        HttpClosing.layer,
        places,
        Layer.mock(JobSchedules, {}),
        Layer.mock(Readiness, {}),
        Layer.mock(Webhooks, {}),
        Layer.mock(Statistics, {}),
        makeFakeIdentity().layer
      )
      const services = yield* Layer.build(Layer.provideMerge(Layer.merge(JobsFeeds.layer, JobWatches.layer), others))
      const handler = servedLocally(yield* makeApiHandler.pipe(Effect.provideContext(services)))
      return { handler, services, close: Context.get(services, HttpClosing).begin }
    })
  return { fake, serve }
})
