import type { Sentence } from "../Sentence.ts"
import { dateText, type TimeKind, timeText } from "../Times.ts"

export interface TimeTextProps {
  readonly at: number
  readonly nowMs: number
  readonly kind?: TimeKind
}

/** A time whose text the browser keeps up to date by the same rule. */
export const TimeText = ({ at, nowMs, kind = "relative" }: TimeTextProps) => (
  <time datetime={new Date(at).toISOString()} data-rel={kind} title={dateText(at)}>
    {timeText(kind, at, nowMs)}
  </time>
)

export const SentenceText = ({ sentence, nowMs }: { readonly sentence: Sentence; readonly nowMs: number }) => (
  <>
    {sentence.map((part) => {
      if (typeof part === "string") return part
      return "job" in part ? <a href={`/jobs/${part.job}`}>{part.job}</a> : <TimeText {...part} nowMs={nowMs} />
    })}
  </>
)
