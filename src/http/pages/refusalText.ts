/** Why an action on a job was refused, in a sentence for people. */

import type { PromptClosed, PromptNotFound } from "../../domain/JobPrompt.ts"
import type { DedupeKeyTaken, JobConflict, UnknownStep } from "../../domain/Jobs.ts"
import type { InvalidInput, UnknownJobType } from "../../domain/JobType.ts"
import type { NotAllowed } from "../../domain/NotAllowed.ts"
import { closedPromptSentence } from "../../views/ClosedPromptText.ts"
import { type Sentence, sentenceText } from "../../views/Sentence.ts"
import { statusWords } from "../../views/StatusWords.ts"

const conflictText = ({ action, status }: JobConflict): string => {
  const state = statusWords[status].word.toLowerCase()
  switch (action) {
    case "cancel":
      return `This job is already ${state}, so there is nothing to cancel.`
    case "retry":
      return `This job is ${state}. Only failed and cancelled jobs can be retried.`
    case "remove":
      return `This job is ${state}. Only jobs that have ended can be removed.`
  }
}

const texts = {
  JobConflict: conflictText,
  DedupeKeyTaken: ({ jobId }: DedupeKeyTaken) =>
    `${jobId} does the same and has not ended. Wait until it has, or cancel it first.`,
  UnknownStep: ({ step }: UnknownStep) => `This job has no step named “${step}”. Start over instead.`,
  UnknownJobType: ({ jobType, reason }: UnknownJobType) =>
    reason === undefined
      ? `This server does not know jobs of the type “${jobType}” any more.`
      : `The job type “${jobType}” is not available: ${reason}`,
  InvalidInput: (_: InvalidInput) => "What it got does not fit its type any more. Retry it with changes.",
  PromptClosed: (error: PromptClosed): Sentence => ["Not sent. ", ...closedPromptSentence(error)],
  NotAllowed: (_: NotAllowed) => "You may look at this job, but not do that with it.",
  PromptNotFound: (_: PromptNotFound) => "Not sent. This job does not ask that."
}

export type Refusal =
  | JobConflict
  | DedupeKeyTaken
  | UnknownStep
  | UnknownJobType
  | InvalidInput
  | NotAllowed
  | PromptClosed
  | PromptNotFound

export const isRefusal = <E extends { readonly _tag: string }>(error: E | Refusal): error is Refusal =>
  error._tag in texts

export const refusalSentence = (refusal: Refusal): Sentence => {
  const said: string | Sentence = texts[refusal._tag](refusal as never)
  return typeof said === "string" ? [said] : said
}

export const refusalText = (refusal: Refusal): string => sentenceText(refusalSentence(refusal), 0)
