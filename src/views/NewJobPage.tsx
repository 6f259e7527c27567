/** Starting a job: choose a type, then a form made from the type's input schema. */

import { type JobType, NotSetUp } from "../domain/JobType.ts"
import type { Pause } from "../domain/Lanes.ts"
import { MASK } from "../domain/Secret.ts"
import { PracticeForm } from "./components/EmptyJobs.tsx"
import { Icon } from "./components/Icon.tsx"
import { EnterButton, SubmitButton } from "./components/SubmitButton.tsx"
import { type FieldContext, Fields, JSON_PATH } from "./form/Field.tsx"
import type { FormField } from "./form/FormFields.ts"
import { FormIssues, inputIssues } from "./form/FormIssues.tsx"
import { issueLabel } from "./form/IssueLabel.ts"
import { JobOptions, OPTIONS_PATH, optionFields } from "./form/JobOptions.tsx"
import { JsonBox } from "./form/JsonBox.tsx"
import { isStartedHere } from "./isStartedHere.ts"
import { laneWords } from "./LaneWords.ts"
import { PauseNote } from "./PauseForm.tsx"

export interface ChooseTypePageProps {
  readonly types: ReadonlyArray<Pick<JobType, "name" | "title" | "description" | "lane">>
  readonly unavailable: ReadonlyArray<Pick<JobType, "name" | "title" | "fault">>
  readonly practiceKey?: string
}

type Unavailable = ChooseTypePageProps["unavailable"]

const Reasons = ({ types }: { readonly types: Unavailable }) => (
  <ul>
    {types.map(({ name, title, fault }) => (
      <li>
        <strong>{title}</strong>
        {title !== name && ` (${name})`}: {fault?.message}
      </li>
    ))}
  </ul>
)

/** What nobody has set up is no fault, and most people never miss it. */
const NotSetUpTypes = ({ types }: { readonly types: Unavailable }) =>
  types.length === 0 ? null : (
    <details class="card">
      <summary>
        {types.length === 1 ? "One more, once it is set up" : `${types.length} more, once they are set up`}
      </summary>
      <Reasons types={types} />
    </details>
  )

const FaultyTypes = ({ types }: { readonly types: Unavailable }) =>
  types.length === 0 ? null : (
    <section class="box box-error">
      <h2>Not available</h2>
      <p>
        These job types have a fault in their definition. Their jobs wait until it is mended and Callboard is restarted.
      </p>
      <Reasons types={types} />
    </section>
  )

export const ChooseTypePage = ({ types, unavailable, practiceKey }: ChooseTypePageProps) => (
  <>
    <div class="page-head">
      <h1>Start a job</h1>
      {practiceKey !== undefined && <PracticeForm formKey={practiceKey} />}
    </div>
    <p class="lead">Choose what the robot should do.</p>
    {types.length === 0 && <p>This server knows no job types.</p>}
    <ul class="types">
      {types.filter(isStartedHere).map(({ name, title, description, lane }) => (
        <li class="type">
          <h2>
            <a href={`/jobs/new/${name}`}>{title}</a>
          </h2>
          <p>{description}</p>
          <p class="note with-icon">
            <Icon name={lane === "browser" ? "browser" : "gear"} />
            {laneWords[lane].title}
          </p>
        </li>
      ))}
    </ul>
    <NotSetUpTypes types={unavailable.filter(({ fault }) => fault instanceof NotSetUp)} />
    <FaultyTypes types={unavailable.filter(({ fault }) => !(fault instanceof NotSetUp))} />
  </>
)

export interface NewJobPageProps {
  readonly type: Pick<JobType, "name" | "title" | "description">
  /** Absent where no form can be drawn for the input: then it is asked for as JSON. */
  readonly fields?: ReadonlyArray<FormField> | undefined
  /** The reader chose to write the input as JSON. */
  readonly asJson: boolean
  readonly context: FieldContext
  /** Makes one job of a form that is sent twice. */
  readonly formKey: string
  /** The restaurant is part of the input and is not asked for again. */
  readonly hasRestaurant: boolean
  /** What is wrong with the whole form, where it is not a field. */
  readonly problem?: string
  readonly paused?: { readonly pause: Pause; readonly nowMs: number }
  /** Where the same form is as JSON, or as boxes. */
  readonly otherForm: string
  /** What stands in the boxes before anybody typed, and where the other of the two is. */
  readonly filled?: { readonly by: "example" | "nothing"; readonly other: string }
}

/** Said before the form is filled in: the job would be made, and wait. */
const Paused = ({ paused }: Pick<NewJobPageProps, "paused">) =>
  paused === undefined ? null : (
    <section class="box box-wait" aria-label="Paused">
      <PauseNote paused={paused.pause} nowMs={paused.nowMs} />
      <p>A job that you start now waits until jobs of this type are resumed.</p>
    </section>
  )

const Filled = ({ asJson, filled }: Pick<NewJobPageProps, "asJson" | "filled">) => {
  if (filled === undefined) return null
  const [boxes, them] = asJson ? ["box is", "it"] : ["boxes are", "them"]
  return (
    <p class="note">
      {filled.by === "example" && `The ${boxes} filled with an example. `}
      <a href={filled.other}>{filled.by === "example" ? `Empty ${them}` : "Fill in an example"}</a>
    </p>
  )
}

/** Of its own field, or of the one that holds it. */
const labelIn =
  ({ fields = [], hasRestaurant }: NewJobPageProps) =>
  (path: string): string =>
    path.startsWith(`${OPTIONS_PATH}.`)
      ? issueLabel(optionFields(hasRestaurant), path, OPTIONS_PATH)
      : issueLabel(fields, path)

const hintFor = ({ draft }: FieldContext) =>
  draft.get(JSON_PATH)?.includes(MASK) ? "Dots stand for a secret that you typed; write it again." : undefined

export const NewJobForm = (props: NewJobPageProps) => {
  const { fields, asJson, context, formKey, hasRestaurant } = props
  return (
    <form id="job-form" class="form" method="post" action={context.action} data-typed="" novalidate>
      <EnterButton>Start job</EnterButton>
      <input type="hidden" name="key" value={formKey} autocomplete="off" />
      <FormIssues
        title="The job was not started"
        issues={inputIssues(context, fields, labelIn(props))}
        problem={props.problem}
      />
      {fields === undefined || asJson ? (
        <JsonBox context={context} hint={hintFor(context)} />
      ) : (
        <Fields fields={fields} parent="" context={context} />
      )}
      <JobOptions context={context} hasRestaurant={hasRestaurant} />
      <div class="buttons">
        <SubmitButton>Start job</SubmitButton>
        <a class="button" href="/jobs">
          Back
        </a>
      </div>
    </form>
  )
}

export const NewJobPage = (props: NewJobPageProps) => {
  const { type, fields, asJson, otherForm } = props
  return (
    <div class="narrow">
      <nav class="crumbs" aria-label="Breadcrumb">
        <a href="/jobs/new">Start a job</a>
      </nav>
      <h1>{type.title}</h1>
      <p class="lead">{type.description}</p>
      <Paused {...props} />
      {fields !== undefined && (
        <p class="muted">
          <a href={`/jobs/new/${type.name}/csv`}>Start many from a table</a>
        </p>
      )}
      <Filled {...props} />
      <NewJobForm {...props} />
      {fields !== undefined && (
        <p class="note">
          {asJson ? (
            <a href={otherForm}>Fill in a form instead</a>
          ) : (
            <>
              For engineers: <a href={otherForm}>write the input as JSON</a>
            </>
          )}
        </p>
      )}
    </div>
  )
}
