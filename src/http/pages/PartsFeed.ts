/** The stream of a page that is made of parts: what it shows changes in place, what is new raises a pill. */
import { Duration, Effect, Schema } from "effect"
import type { Child } from "hono/jsx"
import { BoardOverview } from "../../domain/BoardOverview.ts"
import type { Caller } from "../../domain/Caller.ts"
import { JobId } from "../../domain/JobId.ts"
import { PromptId } from "../../domain/JobPrompt.ts"
import type { JobsUnavailable } from "../../domain/Jobs.ts"
import { frameFactsOf, frameParts } from "../../views/FrameFacts.tsx"
import { questionNews } from "../../views/OverviewText.ts"
import type { HttpServices } from "../Run.ts"
import { type Feed, makeMemory } from "./Feed.ts"
import { announcementHtml, partHtml } from "./partHtml.tsx"

export interface Part {
  readonly id: string
  readonly node: Child
}

export type Parts = Effect.Effect<ReadonlyArray<Part>, JobsUnavailable, HttpServices>

const makeSender = (reader: Caller) => {
  const { all, isNew } = makeMemory()
  const send = (parts: ReadonlyArray<Part>): string =>
    parts
      .map(({ id, node }) => [id, partHtml(id, node, reader)] as const)
      .filter(([id, html]) => isNew(id, html))
      .map(([, html]) => html)
      .join("")
  return { send, all }
}

/** The parts of a page hold counts, which cost more than a row. */
const EVERY = Duration.seconds(2)

/** Everything at most every two seconds, and now and then without news, because time changes what is shown. */
export const makePartsFeed = (load: Parts, reader: Caller): Feed => {
  const { all, send } = makeSender(reader)
  const whole = Effect.map(load, send)
  // Not as news: who joins waits for an update alone, and their page may be newer than what was told last.
  const update: Feed["update"] = (changes) =>
    changes.every(({ _tag }) => _tag === "Logged") ? Effect.succeed("") : whole
  return { update, news: Effect.succeed(""), summary: () => "", snapshot: all, every: EVERY }
}

/**
 * The same with what stands at the top of every page. Pages of one job or one list say themselves what happens to their
 * jobs; `announces` is for the others.
 */
export const withFrame = (feed: Feed, announces: boolean, reader: Caller): Feed => {
  const { all, send } = makeSender(reader)
  let told: number | undefined
  const frame = Effect.gen(function* () {
    const facts = frameFactsOf(yield* (yield* BoardOverview).get)
    const news = announces ? questionNews(told, facts.questions) : undefined
    told = facts.questions
    return send(frameParts(facts)) + (news === undefined ? "" : announcementHtml(news))
  })
  return {
    ...feed,
    news: Effect.map(Effect.all([feed.news, frame], { concurrency: 2 }), (parts) => parts.join("")),
    snapshot: () => feed.snapshot() + all()
  }
}

const MOST_IDS = 50

const listOf = (params: URLSearchParams, key: string) => (params.get(key) ?? "").split(",").slice(0, MOST_IDS)

const isJobId = Schema.is(JobId)
const isPromptId = Schema.is(PromptId)

export const jobIdsIn = (params: URLSearchParams) => listOf(params, "ids").filter(isJobId)

export const promptIdsIn = (params: URLSearchParams) => listOf(params, "prompts").filter(isPromptId)

export const fingerprintsIn = (params: URLSearchParams) =>
  listOf(params, "kinds").filter((text) => /^[0-9a-f]{16}$/u.test(text))

/** When the page was made: what came later is new to it. */
export const madeAtIn = (params: URLSearchParams): number => Number(params.get("at")) || 0
