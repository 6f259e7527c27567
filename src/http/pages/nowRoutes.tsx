/** `GET /`: the page Now, and its stream. */
import { Clock, Effect } from "effect"
import { Hono } from "hono"
import { BoardOverview } from "../../domain/BoardOverview.ts"
import { type FailureKind, FailureKinds } from "../../domain/FailureKinds.ts"
import { JobReports } from "../../domain/JobReports.ts"
import { Questions } from "../../domain/Questions.ts"
import { NowPage, type NowPageProps, nowParts } from "../../views/NowPage.tsx"
import { isIdle } from "../../views/OverviewText.ts"
import type { Board } from "./Board.ts"
import { answer } from "./errorPage.tsx"
import { practiceKey } from "./jobsRoutes.tsx"
import { needs } from "./needs.ts"
import { fingerprintsIn, jobIdsIn, madeAtIn, type Parts, promptIdsIn } from "./PartsFeed.ts"
import { pageResponse } from "./page.tsx"
import { showJobs } from "./showJobs.ts"
import { inOrderOf, showKinds, showQuestions } from "./shownParts.ts"

/** Questions and kinds of failure that the page shows; there are lists of all. */
const MOST_SHOWN = 5

/** What fails most just now comes first. */
const worst = (kinds: ReadonlyArray<FailureKind>) =>
  kinds.toSorted((a, b) => b.lastHour - a.lastHour || b.lastDay - a.lastDay)

const loadNow = Effect.gen(function* () {
  const overview = yield* (yield* BoardOverview).get
  const reports = yield* JobReports
  const [questions, running, kinds] = yield* Effect.all(
    [(yield* Questions).open(), reports.byIds(overview.running), (yield* FailureKinds).list("24h")],
    { concurrency: 3 }
  )
  const practice = isIdle(overview) ? yield* practiceKey : {}
  return {
    overview,
    questions: yield* showQuestions(questions.slice(0, MOST_SHOWN)),
    running: yield* showJobs(inOrderOf(overview.running, ({ id }) => id, running)),
    kinds: yield* showKinds(worst(kinds).slice(0, MOST_SHOWN)),
    nowMs: yield* Clock.currentTimeMillis,
    ...practice
  } satisfies NowPageProps
})

/** What the page shows as it is now, and how much came besides. */
export const nowChanges = (params: URLSearchParams): Parts => {
  const [ids, prompts, fingerprints, madeAt] = [
    jobIdsIn(params),
    promptIdsIn(params),
    fingerprintsIn(params),
    madeAtIn(params)
  ]
  return Effect.gen(function* () {
    const overview = yield* (yield* BoardOverview).get
    const questions = yield* Questions
    const reports = yield* JobReports
    const [shown, open, running, kinds] = yield* Effect.all(
      [questions.byIds(prompts), questions.open(), reports.byIds(ids), (yield* FailureKinds).list("24h")],
      { concurrency: 4 }
    )
    const isOther = ({ fingerprint }: FailureKind) => !fingerprints.includes(fingerprint)
    return nowParts({
      overview,
      questions: yield* showQuestions(inOrderOf(prompts, ({ prompt }) => prompt.id, shown)),
      running: yield* showJobs(inOrderOf(ids, ({ id }) => id, running)),
      kinds: yield* showKinds(inOrderOf(fingerprints, ({ fingerprint }) => fingerprint, kinds)),
      nowMs: yield* Clock.currentTimeMillis,
      news: {
        questions: open.filter(
          ({ prompt }) => prompt.askedAt.epochMilliseconds > madeAt && !prompts.includes(prompt.id)
        ).length,
        running: overview.running.filter((id) => !ids.includes(id)).length,
        kinds: kinds.filter((kind) => isOther(kind) && kind.lastFailedAt.epochMilliseconds > madeAt).length
      }
    })
  })
}

export const nowRoutes = (board: Board) =>
  new Hono().get("/", needs("read"), (c) =>
    answer(c, board, {
      load: loadNow,
      show: (props) => pageResponse(c, board.info, { title: "Now", live: true, content: <NowPage {...props} /> })
    })
  )
