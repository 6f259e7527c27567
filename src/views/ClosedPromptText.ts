/** Why a question cannot be answered any more, in a sentence. */
import type { PromptClosed } from "../domain/JobPrompt.ts"
import { clockText } from "./Times.ts"

export type ClosedPrompt = Pick<PromptClosed, "reason" | "at" | "answeredBy">

export const closedPromptText = ({ answeredBy, at, reason }: ClosedPrompt): string => {
  const when = at === undefined ? "" : ` at ${clockText(at.epochMilliseconds)} UTC`
  switch (reason) {
    case "answered":
      return `${answeredBy ?? "Somebody"} answered this already${when}.`
    case "timed_out":
      return `Nobody answered in time: the job stopped waiting${when}.`
    case "ended":
      return `The job stopped asking this${when}, so it takes no answer any more.`
    case "worker_gone":
      return "The worker that asked this does not respond any more. When the job is taken over, it asks again."
  }
}
