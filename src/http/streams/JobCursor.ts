/**
 * What a reader of a job's stream has got, written into the id of each event. Whoever comes back with it, to whichever
 * process, gets what is different since: nothing has to be remembered here.
 */
import { Option, Schema } from "effect"

/** What has a time and does not change any more: up to `at`, and those around that time one by one. */
export interface Marks {
  /** Milliseconds since the epoch; nothing was sent yet when undefined. */
  readonly at: number | undefined
  /** Fingerprints of those that changed shortly before `at`, with their time. */
  readonly recent: ReadonlyMap<string, number>
}

export interface JobCursor {
  /** The last log line; undefined when none was looked for. */
  readonly log: number | undefined
  /** Fingerprints of what was sent last; empty for nothing. */
  readonly status: string
  readonly progress: string
  readonly prompt: string
  readonly steps: Marks
  readonly artifacts: Marks
}

const NO_MARKS: Marks = { at: undefined, recent: new Map() }

export const START: JobCursor = {
  log: undefined,
  status: "",
  progress: "",
  prompt: "",
  steps: NO_MARKS,
  artifacts: NO_MARKS
}

/** Times are those of statements, which may become visible in another order: by less than this. */
const OUT_OF_ORDER_MS = 10_000

const LENGTH = 7

/** 32 bits, which is enough to tell a few versions of one thing apart. */
export const fingerprint = (text: string): string => Bun.hash.crc32(text).toString(36).padStart(LENGTH, "0")

/** `key` is asked for only when the time does not tell. */
export const isMarked = ({ at, recent }: Marks, key: () => string, time: number): boolean =>
  at !== undefined && (time <= at - OUT_OF_ORDER_MS || recent.has(key()))

export const mark = ({ at: before, recent }: Marks, key: string, time: number): Marks => {
  const at = Math.max(before ?? time, time)
  const kept = [...recent, [key, time] as const].filter(([, each]) => each > at - OUT_OF_ORDER_MS)
  return { at, recent: new Map(kept) }
}

const marksText = ({ at, recent }: Marks) =>
  at === undefined ? "" : `${at.toString(36)}-${[...recent.keys()].join("")}`

const marksOf = (text: string): Marks => {
  if (text === "") return NO_MARKS
  const [time = "", keys = ""] = text.split("-")
  const at = Number.parseInt(time, 36)
  const recent = (keys.match(/.{7}/gu) ?? []).map((key) => [key, at] as const)
  return { at, recent: new Map(recent) }
}

/** Longer ones are not ours: a job with 100 files in ten seconds has 1 KiB. */
const LONGEST = 8_192

const TEXT = /^\d{0,16}(?:\.(?:[0-9a-z]{7})?){3}(?:\.(?:[0-9a-z]{1,10}-(?:[0-9a-z]{7})*)?){2}$/u

const CursorText = Schema.String.check(Schema.isMaxLength(LONGEST), Schema.isPattern(TEXT))
const isCursor = Schema.is(CursorText)

export const cursorText = ({ artifacts, log, progress, prompt, status, steps }: JobCursor): string =>
  [log ?? "", status, progress, prompt, marksText(steps), marksText(artifacts)].join(".")

/** None for what is no cursor: its reader starts from the beginning. */
export const parseCursor = (text: string | undefined): Option.Option<JobCursor> => {
  if (text === undefined || !isCursor(text)) return Option.none()
  const [log = "", status = "", progress = "", prompt = "", steps = "", artifacts = ""] = text.split(".")
  return Option.some({
    log: log === "" ? undefined : Number(log),
    status,
    progress,
    prompt,
    steps: marksOf(steps),
    artifacts: marksOf(artifacts)
  })
}
