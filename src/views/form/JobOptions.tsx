/** When and how a job runs: the same for each type, and never needed. */
import { type FieldContext, Fields } from "./Field.tsx"
import type { FormField } from "./FormFields.ts"

/** Drafts keep these under a name of their own, because an input may have a field called `priority` too. */
export const OPTIONS_PATH = "@job"

const restaurant: FormField = {
  kind: "text",
  inputType: "text",
  key: "restaurantId",
  label: "Restaurant id",
  hint: "To find the job by.",
  required: false,
  maxLength: 200
}

const always: ReadonlyArray<FormField> = [
  {
    kind: "text",
    inputType: "datetime-local",
    key: "runAt",
    label: "Not before",
    hint: "In UTC. Empty: as soon as there is a free place.",
    required: false
  },
  {
    kind: "number",
    whole: true,
    minimum: -100,
    maximum: 100,
    key: "priority",
    label: "Priority",
    hint: "-100 to 100: of jobs that wait, the higher one starts first. Empty: 0.",
    required: false
  },
  {
    kind: "number",
    whole: true,
    minimum: 1,
    maximum: 51,
    key: "tries",
    label: "Tries",
    hint: "How often it is tried at most until it has failed. Empty: as its type says.",
    required: false
  }
]

export const optionFields = (hasRestaurant: boolean): ReadonlyArray<FormField> =>
  hasRestaurant ? always : [restaurant, ...always]

export interface JobOptionsProps {
  readonly context: FieldContext
  readonly hasRestaurant: boolean
}

/** Closed, unless something in it was filled in or is wrong. */
export const JobOptions = ({ context, hasRestaurant }: JobOptionsProps) => {
  const fields = optionFields(hasRestaurant)
  const used = fields.some(({ key }) => context.draft.get(`${OPTIONS_PATH}.${key}`))
  return (
    <details class="options" open={used || context.issues.some(({ path }) => path.startsWith(`${OPTIONS_PATH}.`))}>
      <summary>When and how</summary>
      <Fields fields={fields} parent={OPTIONS_PATH} context={context} />
    </details>
  )
}
