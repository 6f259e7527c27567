/** `/inbox`: what jobs ask people, its stream, and the answers that are given on any page that shows questions. */

import { Clock, Effect, Schema } from "effect"
import { type Context, Hono } from "hono"
import { PromptId, PromptKind } from "../../domain/JobPrompt.ts"
import { Jobs, jobRefOf } from "../../domain/Jobs.ts"
import { Questions } from "../../domain/Questions.ts"
import { Partial, Toast } from "../../views/components/Partial.tsx"
import { QuestionCard, questionId, type ShownQuestion } from "../../views/components/QuestionCard.tsx"
import { SentenceText } from "../../views/components/TimeText.tsx"
import { InboxPage, type InboxPageProps, NewQuestions } from "../../views/InboxPage.tsx"
import type { Sentence } from "../../views/Sentence.ts"
import type { Board } from "./Board.ts"
import { answer } from "./errorPage.tsx"
import { formOf } from "./formOf.ts"
import { frameFactsIn } from "./frameFacts.ts"
import { needs } from "./needs.ts"
import { madeAtIn, type Part, type Parts, promptIdsIn } from "./PartsFeed.ts"
import { fragmentResponse, pageResponse, wantsFragment } from "./page.tsx"
import { refusalSentence } from "./refusalText.ts"
import { inOrderOf, showQuestions } from "./shownParts.ts"

const isKind = Schema.is(PromptKind)
const isPromptId = Schema.is(PromptId)

const kindIn = (params: URLSearchParams): PromptKind | undefined => {
  const kind = params.get("kind")
  return isKind(kind) ? kind : undefined
}

const loadInbox = (kind: PromptKind | undefined) =>
  Effect.gen(function* () {
    const { lastAnswer, open } = yield* Questions
    const questions = yield* open(kind === undefined ? {} : { kind })
    const nowMs = yield* Clock.currentTimeMillis
    const feed = new URLSearchParams({
      page: "inbox",
      prompts: questions.map(({ prompt }) => prompt.id).join(),
      at: String(nowMs),
      ...(kind !== undefined && { kind })
    })
    return {
      kind,
      questions: yield* showQuestions(questions),
      nowMs,
      feedUrl: `/events?${feed}`,
      ...(questions.length === 0 && { lastAnswer: yield* lastAnswer })
    } satisfies InboxPageProps
  })

/** Cards by the ids of their questions. */
export const questionParts = (shown: ReadonlyArray<ShownQuestion>): ReadonlyArray<Part> =>
  shown.map((each) => ({ id: questionId(each.question), node: <QuestionCard shown={each} /> }))

export const inboxChanges = (params: URLSearchParams): Parts => {
  const [kind, prompts, madeAt] = [kindIn(params), promptIdsIn(params), madeAtIn(params)]
  return Effect.gen(function* () {
    const { byIds, open } = yield* Questions
    const [shown, all] = yield* Effect.all([byIds(prompts), open(kind === undefined ? {} : { kind })], {
      concurrency: 2
    })
    const isNew = ({ prompt }: (typeof all)[number]) =>
      prompt.askedAt.epochMilliseconds > madeAt && !prompts.includes(prompt.id)
    return [
      ...questionParts(yield* showQuestions(inOrderOf(prompts, ({ prompt }) => prompt.id, shown))),
      { id: "new-questions", node: <NewQuestions count={all.filter(isNew).length} kind={kind} /> }
    ]
  })
}

interface Answered {
  readonly shown: ShownQuestion | undefined
  readonly refused?: Sentence
  readonly problem?: string
}

const statusOf = ({ problem, refused }: Answered) => (refused !== undefined ? 409 : problem === undefined ? 200 : 422)

const showAnswered = (c: Context, answered: Answered): Response => {
  const { problem, refused, shown } = answered
  const trouble = refused ?? (problem === undefined ? undefined : [`Not sent. ${problem}`])
  return fragmentResponse(
    c,
    <>
      {shown !== undefined && (
        <Partial target={`#${questionId(shown.question)}`}>
          <QuestionCard shown={{ ...shown, problem }} />
        </Partial>
      )}
      <Toast tone={trouble === undefined ? "status" : "alert"}>
        <SentenceText sentence={trouble ?? ["Sent. Waiting for the site…"]} nowMs={0} />
      </Toast>
    </>,
    statusOf(answered)
  )
}

/** Without a script the answer is a page: the Inbox, with what was wrong. */
const answeredPage = (c: Context, { info }: Board, answered: Answered, inbox: InboxPageProps): Response => {
  const { problem, refused, shown } = answered
  const questions = inbox.questions.map((each) =>
    each.question.prompt.id === shown?.question.prompt.id ? { ...each, problem } : each
  )
  const content = <InboxPage {...inbox} questions={questions} {...(refused !== undefined && { refused })} />
  return pageResponse(c, info, { title: "Inbox", live: true, here: "/inbox", status: statusOf(answered), content })
}

const sendAnswer = async (c: Context, board: Board): Promise<Response> => {
  const form = await formOf(c)
  const sure = form.get("sure")
  const value = sure === undefined ? (form.get("value") ?? "") : sure === "yes"
  const promptId = form.get("promptId") ?? ""
  const load = Effect.gen(function* () {
    const ref = yield* jobRefOf(c.req.param("ref") ?? "")
    const said = yield* (yield* Jobs).answer(ref, { promptId, value }).pipe(
      Effect.as({}),
      Effect.catchTags({
        InvalidAnswer: ({ message }) => Effect.succeed({ problem: `${message}.` }),
        PromptClosed: (closed) => Effect.succeed({ refused: refusalSentence(closed) }),
        PromptNotFound: (missing) => Effect.succeed({ refused: refusalSentence(missing) })
      })
    )
    const [question] = isPromptId(promptId) ? yield* (yield* Questions).byIds([promptId]) : []
    const [shown] = question === undefined ? [] : yield* showQuestions([question])
    const answered: Answered = { shown, ...said }
    const asPage = !wantsFragment(c) && statusOf(answered) !== 200
    return { answered, ...(asPage && { inbox: yield* loadInbox(undefined) }) }
  })
  return answer(c, board, {
    load,
    show: ({ answered, inbox }) => {
      if (wantsFragment(c)) return showAnswered(c, answered)
      return inbox === undefined ? c.redirect("/inbox", 303) : answeredPage(c, board, answered, inbox)
    }
  })
}

export const inboxRoutes = (board: Board) =>
  new Hono()
    .get("/inbox", needs("read"), (c) =>
      answer(c, board, {
        load: loadInbox(kindIn(new URL(c.req.url).searchParams)),
        show: (props) => pageResponse(c, board.info, { title: "Inbox", live: true, content: <InboxPage {...props} /> })
      })
    )
    // For tabs that nobody sees: they hold no stream, but may tell of new questions.
    .get("/inbox/count", needs("read"), (c) =>
      c.json({ questions: frameFactsIn(c)?.questions ?? 0 }, 200, { "cache-control": "no-store" })
    )
    .post("/inbox/:ref/answer", needs("operate"), (c) => sendAnswer(c, board))
