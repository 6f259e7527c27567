/** One schedule: its next times, its last jobs, and the form that changes it. Also the form for a new one. */
import type { InputIssue, JobType } from "../domain/JobType.ts"
import { cronWords, zonedText } from "./CronWords.ts"
import { type FieldContext, Fields, fieldId, INPUT_PREFIX, JSON_PATH } from "./form/Field.tsx"
import type { FormField } from "./form/FormFields.ts"
import { issueLabel } from "./form/IssueLabel.ts"
import { issueText } from "./form/IssueText.ts"
import { JsonTree } from "./job/JsonTree.tsx"
import { LastRuns, NextRun, ScheduleActions, type ShownSchedule } from "./SchedulesPage.tsx"

/** What stands in the boxes that every schedule has. */
export interface ScheduleDraft {
  readonly name: string
  readonly cron: string
  readonly timeZone: string
  readonly missedRuns: string
  readonly overlap: string
}

export const emptyDraft: ScheduleDraft = {
  name: "",
  cron: "0 6 * * mon-fri",
  timeZone: "UTC",
  missedRuns: "run_once",
  overlap: "skip"
}

const issuesOf = (issues: ReadonlyArray<InputIssue>, path: string) => issues.filter((issue) => issue.path === path)

interface BoxProps {
  readonly name: keyof ScheduleDraft
  readonly label: string
  readonly hint?: string
  readonly draft: ScheduleDraft
  readonly issues: ReadonlyArray<InputIssue>
}

const Box = ({ draft, hint, issues, label, name }: BoxProps) => {
  const own = issuesOf(issues, name)
  return (
    <div class="field">
      <label for={`schedule-${name}`}>{label}</label>
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
  label,
  name,
  options
}: Pick<BoxProps, "name" | "label" | "draft"> & { readonly options: ReadonlyArray<readonly [string, string]> }) => (
  <div class="field">
    <label for={`schedule-${name}`}>{label}</label>
    <select class="box-input" id={`schedule-${name}`} name={name}>
      {options.map(([value, text]) => (
        <option value={value} selected={draft[name] === value}>
          {text}
        </option>
      ))}
    </select>
  </div>
)

const Boxes = (props: Pick<BoxProps, "draft" | "issues">) => (
  <>
    <Box {...props} name="name" label="Name" />
    <Box
      {...props}
      name="cron"
      label="When"
      hint={`Five fields: minute, hour, day of month, month, day of week. Now it says: ${cronWords(props.draft.cron)}.`}
    />
    <Box {...props} name="timeZone" label="Time zone" hint="As in Europe/Rome or UTC." />
    <Choice
      {...props}
      name="missedRuns"
      label="If nobody could start it in time"
      options={[
        ["run_once", "Start one job for all that were missed"],
        ["skip", "Leave them out"]
      ]}
    />
    <Choice
      {...props}
      name="overlap"
      label="If the one before still runs"
      options={[
        ["skip", "Leave this one out"],
        ["allow", "Start this one too"]
      ]}
    />
  </>
)

export interface NewScheduleProps {
  readonly types: ReadonlyArray<Pick<JobType, "name" | "title">>
  /** Absent until one is chosen. */
  readonly type?: Pick<JobType, "name" | "title"> | undefined
  readonly fields?: ReadonlyArray<FormField> | undefined
  readonly context: FieldContext
  readonly draft: ScheduleDraft
  readonly issues: ReadonlyArray<InputIssue>
  readonly problem?: string | undefined
}

const NewProblems = ({ context, fields = [], issues, problem }: NewScheduleProps) => {
  const all = [...issues, ...context.issues]
  if (all.length === 0 && problem === undefined) return null
  return (
    <div class="box box-error" id="form-errors" tabindex={-1} autofocus>
      <h2>The schedule was not made</h2>
      {problem !== undefined && <p>{problem}</p>}
      <ul>
        {issues.map((issue) => (
          <li>
            <a href={`#schedule-${issue.path}`}>{issue.path}</a>: {issueText(issue)}
          </li>
        ))}
        {context.issues.map((issue) => (
          <li>
            <a href={`#${fieldId(issue.path)}`}>
              {issue.path === JSON_PATH ? "Input" : issueLabel(fields, issue.path)}
            </a>
            : {issueText(issue)}
          </li>
        ))}
      </ul>
    </div>
  )
}

export const NewSchedulePage = (props: NewScheduleProps) => {
  const { context, draft, fields, issues, type, types } = props
  return (
    <div class="narrow">
      <nav class="crumbs" aria-label="Breadcrumb">
        <a href="/schedules">Schedules</a>
        <span aria-hidden="true">/</span>
        <span>New</span>
      </nav>
      <h1>New schedule</h1>
      {type === undefined ? (
        <>
          <p class="lead">Choose what is to be done again and again.</p>
          <ul class="files">
            {types.map(({ name, title }) => (
              <li>
                <a href={`/schedules/new?type=${name}`}>{title}</a>
              </li>
            ))}
          </ul>
        </>
      ) : (
        <form id="job-form" class="form" method="post" action={context.action} novalidate>
          <button type="submit" hidden>
            Make schedule
          </button>
          <NewProblems {...props} />
          <p class="lead">{type.title}</p>
          <Boxes draft={draft} issues={issues} />
          <fieldset class="field-group">
            <legend>What each job gets</legend>
            {fields === undefined ? (
              <div class="field">
                <label for={fieldId(JSON_PATH)}>Input as JSON</label>
                <textarea
                  class="box-input code"
                  rows={12}
                  id={fieldId(JSON_PATH)}
                  name={`${INPUT_PREFIX}${JSON_PATH}`}
                  spellcheck={false}
                >
                  {context.draft.get(JSON_PATH) ?? ""}
                </textarea>
              </div>
            ) : (
              <Fields fields={fields} parent="" context={context} />
            )}
          </fieldset>
          <div class="buttons">
            <button type="submit" class="button button-primary">
              Make schedule
            </button>
            <a class="button" href="/schedules">
              Back
            </a>
          </div>
        </form>
      )}
    </div>
  )
}

export interface SchedulePageProps extends ShownSchedule {
  readonly nowMs: number
  readonly mayOperate: boolean
  readonly mayAdminister: boolean
  readonly draft: ScheduleDraft
  readonly issues: ReadonlyArray<InputIssue>
  readonly problem?: string | undefined
}

export const SchedulePage = (props: SchedulePageProps) => {
  const { draft, issues, lastJobs, mayAdminister, mayOperate, next, nowMs, problem, schedule, typeTitle } = props
  return (
    <>
      <nav class="crumbs" aria-label="Breadcrumb">
        <a href="/schedules">Schedules</a>
        <span aria-hidden="true">/</span>
        <span>{schedule.name}</span>
      </nav>
      <div class="page-head">
        <h1>{schedule.name}</h1>
        <ScheduleActions schedule={schedule} mayOperate={mayOperate} mayAdminister={mayAdminister} />
      </div>
      {problem !== undefined && (
        <p class="box box-problem" tabindex={-1} autofocus>
          {problem}
        </p>
      )}
      <div class="columns columns-even">
        <div class="column">
          <section class="card" aria-labelledby="when-title">
            <h2 id="when-title">When</h2>
            <p>
              {cronWords(schedule.cron)} ({schedule.timeZone}). Each time a job “{typeTitle}”.
            </p>
            <p>
              Next: <NextRun schedule={schedule} next={next} nowMs={nowMs} />
            </p>
            {next.length > 1 && (
              <p class="muted">
                Then{" "}
                {next
                  .slice(1)
                  .map((at) => zonedText(at, schedule.timeZone))
                  .join(", ")}
                .
              </p>
            )}
          </section>
          <section class="card" aria-labelledby="last-title">
            <h2 id="last-title">Last jobs</h2>
            <LastRuns schedule={schedule} lastJobs={lastJobs} nowMs={nowMs} />
          </section>
          <section class="card" aria-labelledby="input-title">
            <h2 id="input-title">What each job gets</h2>
            <JsonTree value={schedule.input} />
            <p class="note">To give it something else, make a new schedule and remove this one.</p>
          </section>
        </div>
        {mayAdminister && (
          <div class="column">
            <section class="card" aria-labelledby="change-title">
              <h2 id="change-title">Change</h2>
              <form class="form" method="post" action={`/schedules/${schedule.id}`} novalidate>
                <Boxes draft={draft} issues={issues} />
                <button type="submit" class="button button-primary">
                  Save
                </button>
              </form>
            </section>
            <details class="card">
              <summary>Remove this schedule…</summary>
              <p>Its jobs stay. It cannot be brought back.</p>
              <form method="post" action={`/schedules/${schedule.id}/remove`}>
                <button type="submit" class="button button-danger">
                  Remove “{schedule.name}”
                </button>
              </form>
            </details>
          </div>
        )}
      </div>
    </>
  )
}
