/** A sentence with times in it. The times stay values, so that a page can let them tick. */
import { type TimeKind, timeText } from "./Times.ts"

export interface TimePart {
  readonly at: number
  readonly kind: TimeKind
}

export type Sentence = ReadonlyArray<string | TimePart>

export const due = (at: number): TimePart => ({ at, kind: "due" })

/** As plain text, for labels and announcements. */
export const sentenceText = (sentence: Sentence, nowMs: number): string =>
  sentence.map((part) => (typeof part === "string" ? part : timeText(part.kind, part.at, nowMs))).join("")

/** Closes a text from elsewhere (an error message) with a full stop where it has no end of its own. */
export const closed = (text: string): string => (/[.!?…]["”’)]?$/u.test(text.trim()) ? text.trim() : `${text.trim()}.`)
