/** Everything that jobs ask people now, the oldest deadline first. */

import type { PromptKind } from "../domain/JobPrompt.ts"
import type { LastAnswer } from "../domain/Questions.ts"
import { Icon } from "./components/Icon.tsx"
import { LiveFeed } from "./components/LiveFeed.tsx"
import { NewPill, QuestionCard, type ShownQuestion } from "./components/QuestionCard.tsx"
import { SentenceText } from "./components/TimeText.tsx"
import { counted } from "./OverviewText.ts"
import { emptyInboxSentence, kindOrder, kindWords } from "./QuestionText.ts"
import type { Sentence } from "./Sentence.ts"

export interface InboxPageProps {
  readonly kind?: PromptKind | undefined
  readonly questions: ReadonlyArray<ShownQuestion>
  readonly lastAnswer?: LastAnswer | undefined
  readonly nowMs: number
  readonly feedUrl: string
  /** Why an answer of the reader was refused. */
  readonly refused?: Sentence
}

const inboxUrl = (kind: PromptKind | undefined): string => (kind === undefined ? "/inbox" : `/inbox?kind=${kind}`)

export const NewQuestions = ({ count, kind }: { readonly count: number; readonly kind?: PromptKind | undefined }) => (
  <NewPill
    id="new-questions"
    href={inboxUrl(kind)}
    {...(count > 0 && { text: counted(count, "new question", "new questions") })}
  />
)

const Kinds = ({ kind }: { readonly kind: PromptKind | undefined }) => (
  <nav class="tabs" aria-label="Kind of question">
    {[undefined, ...kindOrder].map((each) => (
      <a class="tab" href={inboxUrl(each)} aria-current={each === kind ? "true" : undefined}>
        {each === undefined ? "All" : kindWords[each]}
      </a>
    ))}
  </nav>
)

const Empty = ({ kind, lastAnswer, nowMs }: InboxPageProps) => (
  <div class="empty">
    <Icon name="st-completed" />
    <h2>{kind === undefined ? "Nothing needs you." : "Nothing of this kind needs you."}</h2>
    <p>
      <SentenceText sentence={emptyInboxSentence(lastAnswer)} nowMs={nowMs} />
    </p>
    {kind !== undefined && (
      <div class="buttons">
        <a class="button" href="/inbox">
          All questions
        </a>
      </div>
    )}
  </div>
)

export const InboxPage = (props: InboxPageProps) => (
  <>
    <LiveFeed url={props.feedUrl} />
    <div class="page-head">
      <h1>Inbox</h1>
      <button type="button" class="button js-only" id="notify">
        Notify me of questions
      </button>
    </div>
    {props.refused !== undefined && (
      <p class="box box-problem" tabindex={-1} autofocus>
        <SentenceText sentence={props.refused} nowMs={0} />
      </p>
    )}
    <Kinds kind={props.kind} />
    <NewQuestions count={0} kind={props.kind} />
    {props.questions.length === 0 ? (
      <Empty {...props} />
    ) : (
      <div class="question-list">
        {props.questions.map((shown) => (
          <QuestionCard shown={shown} />
        ))}
      </div>
    )}
  </>
)
