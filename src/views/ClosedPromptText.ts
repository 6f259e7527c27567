/** Why a question cannot be answered any more, in a sentence. */
import type { PromptClosed } from "../domain/JobPrompt.ts"
import { moment, type Sentence, sentenceText } from "./Sentence.ts"

export type ClosedPrompt = Pick<PromptClosed, "reason" | "at" | "answeredBy">

export const closedPromptSentence = ({ answeredBy, at, reason }: ClosedPrompt): Sentence => {
  const when = at === undefined ? [] : [" at ", moment(at.epochMilliseconds)]
  switch (reason) {
    case "answered":
      return [`${answeredBy ?? "Somebody"} answered this already`, ...when, "."]
    case "timed_out":
      return ["Nobody answered in time: the job stopped waiting", ...when, "."]
    case "ended":
      return ["The job stopped asking this", ...when, ", so it takes no answer any more."]
    case "worker_gone":
      return ["The worker that asked this does not respond any more. When the job is taken over, it asks again."]
  }
}

/** For programs: in UTC. */
export const closedPromptText = (closed: ClosedPrompt): string => sentenceText(closedPromptSentence(closed), 0)
