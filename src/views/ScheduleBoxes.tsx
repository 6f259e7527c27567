/** The boxes that every schedule has. */
import type { InputIssue } from "../domain/JobType.ts"
import { cronWords } from "./CronWords.ts"
import type { LinkedIssue } from "./form/FormIssues.tsx"
import { issueText } from "./form/IssueText.ts"

/** What stands in the boxes that every schedule has. */
export interface ScheduleDraft {
  readonly name: string
  readonly cron: string
  readonly timeZone: string
  readonly missedRuns: string
  readonly overlap: string
}

/** What stood in the boxes when the form was made goes with it under these names. */
export const WAS_PREFIX = "was."

export const scheduleNames = ["name", "cron", "timeZone", "missedRuns", "overlap"] as const

export const WasBoxes = ({ was }: { readonly was: ScheduleDraft }) => (
  <>
    {scheduleNames.map((name) => (
      <input type="hidden" name={`${WAS_PREFIX}${name}`} value={was[name]} />
    ))}
  </>
)

export const emptyDraft: ScheduleDraft = {
  name: "",
  cron: "0 6 * * mon-fri",
  timeZone: "UTC",
  missedRuns: "run_once",
  overlap: "skip"
}

const labels: Readonly<Record<keyof ScheduleDraft, string>> = {
  name: "Name",
  cron: "When",
  timeZone: "Time zone",
  missedRuns: "If nobody could start it in time",
  overlap: "If the one before still runs"
}

/** For the summary above the boxes, in the words that stand beside them. */
export const scheduleIssues = (issues: ReadonlyArray<InputIssue>): ReadonlyArray<LinkedIssue> =>
  issues.map((issue) => ({
    href: `#schedule-${issue.path}`,
    label: labels[issue.path as keyof ScheduleDraft] ?? issue.path,
    issue
  }))

const issuesOf = (issues: ReadonlyArray<InputIssue>, path: string) => issues.filter((issue) => issue.path === path)

/** What browsers offer while somebody writes; other names of the same zones are taken, too. */
const TIME_ZONES = ["UTC", ...Intl.supportedValuesOf("timeZone").filter((zone) => zone !== "UTC")]

const ZONES_ID = "time-zones"

interface BoxProps {
  readonly name: keyof ScheduleDraft
  readonly hint?: string
  /** Of the `datalist` with what can be chosen. */
  readonly list?: string
  readonly draft: ScheduleDraft
  readonly issues: ReadonlyArray<InputIssue>
}

const Box = ({ draft, hint, issues, list, name }: BoxProps) => {
  const own = issuesOf(issues, name)
  return (
    <div class="field">
      <label for={`schedule-${name}`}>{labels[name]}</label>
      {hint !== undefined && (
        <p class="field-hint" id={`schedule-${name}-hint`}>
          {hint}
        </p>
      )}
      <input
        type="text"
        class="box-input"
        id={`schedule-${name}`}
        name={name}
        value={draft[name]}
        list={list}
        autocomplete="off"
        aria-invalid={own.length > 0 ? "true" : undefined}
        aria-describedby={own.length > 0 ? `schedule-${name}-error` : hint && `schedule-${name}-hint`}
      />
      {own.length > 0 && (
        <p class="field-error" id={`schedule-${name}-error`}>
          {own.map(issueText).join(" ")}
        </p>
      )}
    </div>
  )
}

const Choice = ({
  draft,
  name,
  options
}: Pick<BoxProps, "name" | "draft"> & { readonly options: ReadonlyArray<readonly [string, string]> }) => (
  <div class="field">
    <label for={`schedule-${name}`}>{labels[name]}</label>
    <select class="box-input" id={`schedule-${name}`} name={name}>
      {options.map(([value, text]) => (
        <option value={value} selected={draft[name] === value}>
          {text}
        </option>
      ))}
    </select>
  </div>
)

const cronHint = (cron: string): string => {
  const words = cronWords(cron)
  const says = words === undefined ? "" : ` Now it says: ${words}.`
  return `Five fields: minute, hour, day of month, month, day of week.${says}`
}

export const ScheduleBoxes = (props: Pick<BoxProps, "draft" | "issues">) => (
  <>
    <Box {...props} name="name" />
    <Box {...props} name="cron" hint={cronHint(props.draft.cron)} />
    <Box {...props} name="timeZone" hint="As in Europe/Rome or UTC." list={ZONES_ID} />
    <datalist id={ZONES_ID}>
      {TIME_ZONES.map((zone) => (
        <option value={zone} />
      ))}
    </datalist>
    <Choice
      {...props}
      name="missedRuns"
      options={[
        ["run_once", "Start one job for all that were missed"],
        ["skip", "Leave them out"]
      ]}
    />
    <Choice
      {...props}
      name="overlap"
      options={[
        ["skip", "Leave this one out"],
        ["allow", "Start this one too"]
      ]}
    />
  </>
)
