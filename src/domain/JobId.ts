/**
 * A job has two ids: `JobId` (UUID v7, what tables join on) and a readable one that people can say on the phone.
 * Every public call takes either, as a `JobRef`.
 */
import { DateTime, Option, Schema } from "effect"

export const JobId = Schema.String.check(Schema.isUUID()).pipe(Schema.brand("JobId"))
export type JobId = typeof JobId.Type

/** The first id that a job of this moment can have: a UUID v7 begins with 48 bits of milliseconds. */
export const firstIdAt = (ms: number): JobId => {
  const hex = Math.max(0, ms).toString(16).padStart(12, "0")
  return `${hex.slice(0, 8)}-${hex.slice(8)}-7000-8000-000000000000` as JobId
}

/** When an id was made, in milliseconds. */
export const momentOfId = (id: JobId): number => Number.parseInt(id.replaceAll("-", "").slice(0, 12), 16)

/** `JOB_YYYYMMDD_HHMMSS_xxxxxxxx`: the UTC second of creation and 8 random lower-case hexadecimal digits. */
export const ReadableJobId = Schema.String.check(Schema.isPattern(/^JOB_\d{8}_\d{6}_[0-9a-f]{8}$/u)).pipe(
  Schema.brand("ReadableJobId")
)
export type ReadableJobId = typeof ReadableJobId.Type

export type JobRef = JobId | ReadableJobId

/** None when the text can be neither kind of id, so that no query has to run to say "not found". */
export const parseJobRef = (text: string): Option.Option<JobRef> =>
  Option.orElse(Schema.decodeUnknownOption(JobId)(text.toLowerCase()), () =>
    Schema.decodeUnknownOption(ReadableJobId)(text)
  )

export const isReadable = (ref: JobRef): ref is ReadableJobId => ref.startsWith("JOB_")

/** Thousands of jobs a second share their second. */
let lastSecond = { second: Number.NaN, text: "" }

const secondOf = (time: DateTime.Utc): string => {
  const second = Math.floor(time.epochMilliseconds / 1_000)
  if (second !== lastSecond.second) {
    const [date, clock] = DateTime.formatIso(time).slice(0, 19).replace(/[-:]/gu, "").split("T")
    lastSecond = { second, text: `JOB_${date}_${clock}_` }
  }
  return lastSecond.text
}

/** `random` holds at least 4 bytes of randomness; the first 4 are used. */
export const readableJobId = (createdAt: DateTime.Utc, random: Uint8Array): ReadableJobId => {
  const number = ((random[0]! << 24) | (random[1]! << 16) | (random[2]! << 8) | random[3]!) >>> 0
  return `${secondOf(createdAt)}${number.toString(16).padStart(8, "0")}` as ReadableJobId
}
