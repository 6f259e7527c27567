/** What a sent form says of a schedule. */
import { Schema } from "effect"
import { CreateSchedule } from "../../domain/JobSchedule.ts"
import type { InputIssue } from "../../domain/JobType.ts"
import type { ScheduleDraft } from "../../views/ScheduleBoxes.tsx"

export const draftOfForm = (form: ReadonlyMap<string, string>): ScheduleDraft => {
  const text = (key: keyof ScheduleDraft) => form.get(key)?.trim() ?? ""
  return {
    name: text("name"),
    cron: text("cron"),
    timeZone: text("timeZone"),
    missedRuns: text("missedRuns"),
    overlap: text("overlap")
  }
}

export const taken: InputIssue = { path: "name", message: "Another schedule has this name." }

export const decodeCreate = Schema.decodeUnknownEffect(CreateSchedule, { errors: "all" })
