/** A sentence with times and jobs in it. They stay values, so that a page can let times tick and jobs be links. */
import type { ReadableJobId } from "../domain/JobId.ts"
import { type TimeKind, timeText } from "./Times.ts"

export interface TimePart {
  readonly at: number
  readonly kind: TimeKind
}

export interface JobPart {
  readonly job: ReadableJobId
}

export type Sentence = ReadonlyArray<string | TimePart | JobPart>

export const due = (at: number): TimePart => ({ at, kind: "due" })

export const ago = (at: number): TimePart => ({ at, kind: "relative" })

/** "14:03:22", where the reader is. */
export const moment = (at: number): TimePart => ({ at, kind: "moment" })

/** "14:03", where the reader is. */
export const minute = (at: number): TimePart => ({ at, kind: "minute" })

const partText = (part: TimePart | JobPart, nowMs: number): string =>
  "job" in part ? part.job : timeText(part.kind, part.at, nowMs)

/** As plain text, for labels and announcements. */
export const sentenceText = (sentence: Sentence, nowMs: number): string =>
  sentence.map((part) => (typeof part === "string" ? part : partText(part, nowMs))).join("")

/** Closes a text from elsewhere (an error message) with a full stop where it has no end of its own. */
export const closed = (text: string): string => (/[.!?…]["”’)]?$/u.test(text.trim()) ? text.trim() : `${text.trim()}.`)
