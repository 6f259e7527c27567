/** What becomes of questions in the Inbox, in sentences. */
import type { PromptKind, PromptRecord } from "../domain/JobPrompt.ts"
import type { LastAnswer } from "../domain/Questions.ts"
import { ago, minute, type Sentence } from "./Sentence.ts"

export const kindWords: Readonly<Record<PromptKind, string>> = {
  otp: "Codes",
  choice: "Choices",
  confirm: "Approvals",
  text: "Texts"
}

/** In the order of the Inbox's filters. */
export const kindOrder: ReadonlyArray<PromptKind> = ["otp", "choice", "confirm", "text"]

/** What is said of a question that nobody can answer any more; none while somebody can. */
export const settledSentence = (prompt: PromptRecord, ended: boolean): Sentence | undefined => {
  const { answeredAt, answeredBy, closedAt, deadline, state } = prompt
  switch (state) {
    case "open":
      return undefined
    case "answered": {
      const at = answeredAt === undefined ? [] : [" at ", minute(answeredAt.epochMilliseconds)]
      const by = answeredBy === undefined ? "" : ` by ${answeredBy}`
      return [`Answered${by}`, ...at, ended ? ". The job has ended." : ". The job goes on."]
    }
    case "timed_out":
      return ["Nobody answered in time: the job stopped waiting at ", minute(deadline.epochMilliseconds), "."]
    default:
      return closedAt === undefined
        ? ["The job asks this no longer."]
        : ["The job asks this no longer, since ", minute(closedAt.epochMilliseconds), "."]
  }
}

export const emptyInboxSentence = (last: LastAnswer | undefined): Sentence =>
  last === undefined
    ? ["Jobs that need a code, a choice or an approval ask here."]
    : [`Last question answered${last.by === undefined ? "" : ` by ${last.by}`} `, ago(last.at.epochMilliseconds), "."]
