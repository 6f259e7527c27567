/**
 * When a cron expression is due in a time zone. Days on which clocks change:
 *
 * - A time that does not exist (02:30 when 02:00 is followed by 03:00) is made up for once, as far behind the gap as it
 *   lies in it (03:30). Several such times of one expression may become one run, never none.
 * - A time that exists twice is taken the first time. An expression for every hour (`*` in the hour's place) is
 *   about distance rather than about the clock on the wall, and is taken both times: every 15 minutes stays that.
 */
import { Cron, DateTime, Duration, Option, Result, Schema } from "effect"
import { StorableText } from "./Storable.ts"

const FIELDS = ["minute", "hour", "day of month", "month", "day of week"] as const

const EVERY_HOUR = 24

/** What people copy from crontabs. */
const NICKNAMES: ReadonlyMap<string, string> = new Map([
  ["@yearly", "0 0 1 1 *"],
  ["@annually", "0 0 1 1 *"],
  ["@monthly", "0 0 1 * *"],
  ["@weekly", "0 0 * * 0"],
  ["@daily", "0 0 * * *"],
  ["@midnight", "0 0 * * *"],
  ["@hourly", "0 * * * *"]
])

/** Of fields that are also read as words. */
const NAMED: Readonly<Record<number, string>> = { 3: "jan-mar", 4: "mon-fri" }

const fieldsOf = (expression: string) => expression.trim().split(/\s+/u)

const parse = (expression: string, timeZone: string) =>
  Result.flatMap(Cron.parse(expression, timeZone), (cron) =>
    cron.hours.size === 0 || cron.hours.size === EVERY_HOUR
      ? Cron.parse(expression, timeZone, { onDstOverlap: "both" })
      : Result.succeed(cron)
  )

/** The search throws when it finds no day within its bounds, as for 30 February. */
const search = Option.liftThrowable((cron: Cron.Cron, after: DateTime.Utc) =>
  DateTime.makeUnsafe(Cron.next(cron, after))
)

/** No gap is longer: Samoa once left out a whole day. */
const LONGEST_GAP_MS = Duration.toMillis(Duration.days(1))

/**
 * Where clocks were put forward less than that gap before `after`, the last moment in front of it. The search sees the
 * times that do not exist only from there, and they are made up for until as far behind the gap as it is long.
 */
const beforeGap = (zone: DateTime.TimeZone, after: DateTime.Utc): Option.Option<DateTime.Utc> => {
  const offsetAt = (ms: number) => DateTime.zonedOffset(DateTime.makeZonedUnsafe(ms, { timeZone: zone }))
  let behind = DateTime.toEpochMillis(after)
  const offset = offsetAt(behind)
  const gapMs = offset - offsetAt(behind - LONGEST_GAP_MS)
  if (gapMs <= 0) return Option.none()
  let before = behind - gapMs
  if (offsetAt(before) >= offset) return Option.none()
  while (behind - before > 1) {
    const middle = Math.floor((before + behind) / 2)
    if (offsetAt(middle) < offset) before = middle
    else behind = middle
  }
  return Option.some(DateTime.makeUnsafe(before))
}

/** The first time after `after`. None when the expression or the zone is not (any more) known, or never comes. */
export const nextTime = (expression: string, timeZone: string, after: DateTime.Utc): Option.Option<DateTime.Utc> =>
  Option.gen(function* () {
    const cron = yield* Option.getSuccess(parse(expression, timeZone))
    const madeUpFor = Option.flatMap(beforeGap(yield* cron.tz, after), (start) => search(cron, start)).pipe(
      Option.filter((time) => DateTime.isGreaterThan(time, after))
    )
    const usual = search(cron, after)
    return yield* Option.isSome(madeUpFor) && Option.isSome(usual)
      ? Option.some(DateTime.min(madeUpFor.value, usual.value))
      : Option.orElse(madeUpFor, () => usual)
  })

/** Alone among stars, so that a wrong field is found by its place. */
const faultOfField = (field: string, place: number): string | undefined => {
  const expression = FIELDS.map((_, index) => (index === place ? field : "*")).join(" ")
  const parsed = Cron.parse(expression, "UTC")
  if (Result.isSuccess(parsed)) return undefined
  const { message } = parsed.failure
  const names = NAMED[place] === undefined ? "" : `, or names as in ${NAMED[place]}`
  const said =
    message === "Expected a positive integer" ? `Expected numbers as in 5, 1-5, */15 or 1,15${names}` : message
  return `The ${FIELDS[place]} is wrong. ${said}`
}

/** Any day would do: an expression that comes at all does so within the years that the search covers. */
const SOME_DAY = DateTime.makeUnsafe("2026-01-01T00:00:00Z")

/** What is wrong with an expression: a sentence that names the field. */
export const faultOfCron = (expression: string): string | undefined => {
  const fields = fieldsOf(expression)
  const nickname = NICKNAMES.get(expression.trim().toLowerCase())
  if (nickname !== undefined) return `Expected five fields; write ${expression.trim()} as ${nickname}`
  if (fields.length !== FIELDS.length) {
    return "Expected five fields: minute, hour, day of month, month and day of week"
  }
  const faults = fields.flatMap((field, place) => faultOfField(field, place) ?? [])
  if (faults.length > 0) return faults.join(". ")
  return Option.isNone(nextTime(expression, "UTC", SOME_DAY)) ? "Expected a day that comes some time" : undefined
}

/** An offset such as +02:00 is no zone: it knows no summer. */
const isZone = (name: string) => !/^[+-]/u.test(name) && Option.isSome(DateTime.zoneMakeNamed(name))

export const CronText = StorableText.check(Schema.makeFilter((text) => faultOfCron(text) ?? true)).annotate({
  description: "Five fields: minute, hour, day of month, month and day of week, as in `30 2 * * mon-fri`."
})

export const TimeZoneName = StorableText.check(
  Schema.makeFilter((name) => isZone(name) || "Expected the name of a time zone, such as Europe/Berlin or UTC")
).annotate({ description: "IANA name of the time zone in which the expression is read. Default: UTC." })
