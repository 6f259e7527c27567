import { expect, test } from "bun:test"
import { DateTime, Option, Schema } from "effect"
import { CronText, faultOfCron, nextTime, TimeZoneName } from "../../src/domain/CronExpression.ts"

/** The next `count` times after a time, without seconds. */
const times = (expression: string, timeZone: string, after: string, count: number): ReadonlyArray<string> => {
  const found: Array<string> = []
  let last = DateTime.makeUnsafe(after)
  while (found.length < count) {
    last = Option.getOrThrow(nextTime(expression, timeZone, last))
    found.push(DateTime.formatIso(last).slice(0, 16))
  }
  return found
}

test("reads the expression in its time zone, in summer and in winter", () => {
  expect(times("0 9 * * *", "Europe/Berlin", "2026-07-01T12:00:00Z", 1)).toEqual(["2026-07-02T07:00"])
  expect(times("0 9 * * *", "Europe/Berlin", "2026-12-01T12:00:00Z", 1)).toEqual(["2026-12-02T08:00"])
  expect(times("0 9 * * mon-fri", "America/New_York", "2026-11-20T15:00:00Z", 1)).toEqual(["2026-11-23T14:00"])
})

test("gives a time after the one asked about, never that one again", () => {
  expect(times("*/15 * * * *", "UTC", "2026-11-22T10:15:00Z", 2)).toEqual(["2026-11-22T10:30", "2026-11-22T10:45"])
  expect(times("15 10 * * *", "UTC", "2026-11-22T10:15:00.001Z", 1)).toEqual(["2026-11-23T10:15"])
})

test("runs once behind the gap for a time that does not exist", () => {
  // In Berlin, 02:00 on 29 March is followed by 03:00 (01:00 UTC).
  expect(times("30 2 * * *", "Europe/Berlin", "2026-03-28T12:00:00Z", 2)).toEqual([
    "2026-03-29T01:30",
    "2026-03-30T00:30"
  ])
  // In Cairo, midnight of 24 April does not exist.
  expect(times("0 0 * * 5", "Africa/Cairo", "2026-04-22T12:00:00Z", 2)).toEqual([
    "2026-04-23T22:00",
    "2026-04-30T21:00"
  ])
})

test("makes no more of several times in one gap than one run, and no less", () => {
  expect(times("10,35 2 * * *", "Europe/Berlin", "2026-03-29T00:30:00Z", 2)).toEqual([
    "2026-03-29T01:10",
    "2026-03-30T00:10"
  ])
})

// In New York, 02:00 on 14 March is followed by 03:00 (07:00 UTC). On Lord Howe, 02:00 on 4 October is followed by 02:30
// (15:30 UTC the day before).
test.each([
  ["30 2 * * *", "Europe/Berlin", "2027-03-28T01:00:00Z", "2027-03-28T01:30", "2027-03-29T00:30"],
  ["10,35 2 * * *", "Europe/Berlin", "2027-03-28T01:00:00Z", "2027-03-28T01:10", "2027-03-29T00:10"],
  ["30 2 * * *", "America/New_York", "2027-03-14T07:00:00Z", "2027-03-14T07:30", "2027-03-15T06:30"],
  ["15 2 * * *", "Australia/Lord_Howe", "2026-10-03T15:30:00Z", "2026-10-03T15:45", "2026-10-04T15:15"]
])("gives the run of %p in %s that is made up for also when asked behind the gap", (cron, zone, gap, run, next) => {
  const at = (from: string, ms: number) => DateTime.formatIso(DateTime.makeUnsafe(Date.parse(from) + ms))
  const runAt = `${run}:00Z`

  for (const after of [at(gap, -1), gap, at(gap, 1), at(gap, 5 * 60_000), at(runAt, -1)]) {
    expect([after, ...times(cron, zone, after, 2)]).toEqual([after, run, next])
  }
  for (const after of [runAt, at(runAt, 1), at(gap, 30 * 60_000), at(gap, 60 * 60_000)]) {
    expect([after, ...times(cron, zone, after, 1)]).toEqual([after, next])
  }
})

test.each([
  ["Europe/Berlin", "2027-03-27"],
  ["America/New_York", "2027-03-13"],
  ["Australia/Lord_Howe", "2026-10-02"],
  ["Europe/Berlin", "2026-10-24"],
  ["America/New_York", "2026-10-31"],
  ["Australia/Lord_Howe", "2027-04-02"]
])("gives the same runs in %s from %s on whenever it is asked", (zone, day) => {
  for (const cron of ["*/30 * * * *", "10,40 2 * * *", "15 1-3 * * *", "0 2,3 * * *"]) {
    const start = Date.parse(`${day}T12:00:00Z`)
    const runs = times(cron, zone, `${day}T12:00:00Z`, 60).map((time) => `${time}:00.000Z`)
    for (let minute = 0; minute < 24 * 60; minute += 5) {
      const after = new Date(start + minute * 60_000).toISOString()
      expect([cron, after, `${times(cron, zone, after, 1)[0]}:00.000Z`]).toEqual([
        cron,
        after,
        runs.find((run) => run > after) ?? "none"
      ])
    }
  }
})

test("runs once for a time that exists twice, at the first of them", () => {
  // In Berlin, 03:00 on 25 October is followed by 02:00 (01:00 UTC).
  expect(times("30 2 * * *", "Europe/Berlin", "2026-10-24T12:00:00Z", 2)).toEqual([
    "2026-10-25T00:30",
    "2026-10-26T01:30"
  ])
  // Asked between the two, the second is not taken either.
  expect(times("30 2 * * *", "Europe/Berlin", "2026-10-25T00:30:00Z", 1)).toEqual(["2026-10-26T01:30"])
})

test.each(["*", "*/1", "0-23"])("keeps its distance through both kinds of change when the hour is %p", (hour) => {
  const around = (day: string) => times(`*/30 ${hour} * * *`, "Europe/Berlin", `${day}T00:00:00Z`, 5)

  expect(around("2026-10-25").map((time) => time.slice(11))).toEqual(["00:30", "01:00", "01:30", "02:00", "02:30"])
  expect(around("2026-03-29").map((time) => time.slice(11))).toEqual(["00:30", "01:00", "01:30", "02:00", "02:30"])
})

test("is none for what cannot be read and for what never comes", () => {
  const now = DateTime.makeUnsafe("2026-11-22T00:00:00Z")

  expect(nextTime("nonsense", "UTC", now)).toEqual(Option.none())
  expect(nextTime("0 0 * * *", "Mars/Base", now)).toEqual(Option.none())
  expect(nextTime("0 0 30 2 *", "Europe/Berlin", now)).toEqual(Option.none())
  expect(times("0 0 29 2 *", "UTC", "2026-11-22T00:00:00Z", 1)).toEqual(["2028-02-29T00:00"])
})

test.each([
  ["61 * * * *", "The minute is wrong. Expected a value between 0 and 59"],
  ["0 24 * * *", "The hour is wrong. Expected a value between 0 and 23"],
  ["0 0 0 * *", "The day of month is wrong. Expected a value between 1 and 31"],
  ["0 0 * 13 *", "The month is wrong. Expected a value between 1 and 12"],
  ["0 0 * * fri-mon", "The day of week is wrong. Invalid value range"],
  ["0 0 ? * *", "The day of month is wrong. Expected numbers as in 5, 1-5, */15 or 1,15"],
  ["0 6 * * funday", "The day of week is wrong. Expected numbers as in 5, 1-5, */15 or 1,15, or names as in mon-fri"],
  ["x y * * *", /^The minute is wrong.*The hour is wrong/u],
  ["*/0 * * * *", "The minute is wrong. Expected step value to be greater than 0"],
  ["0 0 31 4,6 *", "Expected a day that comes some time"],
  ["@daily", /^Expected five fields; write @daily as 0 0 \* \* \*$/u],
  ["@reboot", /^Expected five fields: /u],
  ["", /^Expected five fields/u],
  ["0 0 0 * * *", /^Expected five fields/u]
])("says what is wrong with %p", (expression, fault) => {
  expect(faultOfCron(expression)).toMatch(fault)
  expect(Schema.is(CronText)(expression)).toBe(false)
})

test.each(["* * * * *", "  0   9 1 jan,JUL 7 ", "5/10 0-6/2 1,15 * mon-fri"])("takes %p", (expression) => {
  expect(Schema.is(CronText)(expression)).toBe(true)
})

test("takes names of zones, and neither offsets nor inventions", () => {
  const names = ["Europe/Berlin", "UTC", "America/Argentina/Buenos_Aires", "+02:00", "Mars/Base", "local", ""]

  expect(names.filter(Schema.is(TimeZoneName))).toEqual(names.slice(0, 3))
})
