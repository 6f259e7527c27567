/** What a sent form says of a schedule. */
import { Schema, Struct } from "effect"
import { CreateSchedule } from "../../domain/JobSchedule.ts"
import type { InputIssue } from "../../domain/JobType.ts"
import { type ScheduleDraft, scheduleNames } from "../../views/ScheduleBoxes.tsx"

export const draftOfForm = (form: ReadonlyMap<string, string>, prefix = ""): ScheduleDraft => {
  const text = (key: keyof ScheduleDraft) => form.get(`${prefix}${key}`)?.trim() ?? ""
  return {
    name: text("name"),
    cron: text("cron"),
    timeZone: text("timeZone"),
    missedRuns: text("missedRuns"),
    overlap: text("overlap")
  }
}

/** What the reader changed. What somebody else has changed meanwhile stays as it is then. */
export const changesIn = (was: ScheduleDraft, draft: ScheduleDraft): Partial<ScheduleDraft> =>
  Struct.pick(
    draft,
    scheduleNames.filter((name) => draft[name] !== was[name])
  )

export const taken: InputIssue = { path: "name", message: "Another schedule has this name." }

export const decodeCreate = Schema.decodeUnknownEffect(CreateSchedule, { errors: "all" })
