/** One field of a generated form, with its hint and its error beside it. */
import type { InputIssue } from "../../domain/JobType.ts"
import { type FormDraft, lengthOf, pathOf } from "./FormDraft.ts"
import type { ChoiceField, FormField, ListField, NumberField, TextField } from "./FormFields.ts"
import { issueText } from "./IssueText.ts"

export interface FieldContext {
  readonly draft: FormDraft
  readonly issues: ReadonlyArray<InputIssue>
  /** Address of the form, for buttons that ask the server to draw it anew. */
  readonly action: string
  /** There are secrets in the input: what is typed into its larger boxes is not kept in the browser. */
  readonly hasSecrets?: boolean
  /** The list that lost an item just now. */
  readonly shortened?: string
}

/** Input names start with this, so that no field can collide with the form's own. */
export const INPUT_PREFIX = "input."

/** Name of the one box of an input that is written as JSON. */
export const JSON_PATH = "@json"

export const fieldId = (path: string): string => `field-${path.replace(/[^a-zA-Z0-9]+/gu, "-")}`

interface BoxProps<F extends FormField = FormField> {
  readonly field: F
  readonly path: string
  readonly context: FieldContext
}

/** One box may hold a whole list or object; what is wrong inside is then wrong with the box. */
const issuesAt = (path: string, issues: ReadonlyArray<InputIssue>): ReadonlyArray<InputIssue> =>
  issues.filter(
    (issue) => issue.path === path || issue.path.startsWith(`${path}[`) || issue.path.startsWith(`${path}.`)
  )

const attributesOf = ({ field, path, context }: BoxProps) => {
  const id = fieldId(path)
  const invalid = issuesAt(path, context.issues).length > 0
  const describedBy = [...(hintOf(field) ? [`${id}-hint`] : []), ...(invalid ? [`${id}-error`] : [])]
  return {
    id,
    name: `${INPUT_PREFIX}${path}`,
    // A browser that fills in what was typed goes by the place, where another item of the list may be.
    autocomplete: path.includes("[") ? "off" : undefined,
    "aria-describedby": describedBy.join(" ") || undefined,
    "aria-invalid": invalid ? ("true" as const) : undefined
  }
}

const hintOf = (field: FormField): string => {
  const own = field.hint ?? ""
  if (field.kind === "lines") return `${own} One per line.`.trim()
  return field.kind === "json" ? `${own} As JSON.`.trim() : own
}

const TextBox = (props: BoxProps<TextField>) => {
  const { field, path, context } = props
  const value = context.draft.get(path) ?? ""
  const attributes = attributesOf(props)
  if (field.kind === "secret") {
    // Kept in the page when the form is drawn anew, because the server does not send back what was typed. Where later
    // items moved up, the box with the same id belongs to another item: there the secret has to be typed again.
    const moved = context.shortened !== undefined && path.startsWith(`${context.shortened}[`)
    return (
      <input
        type="password"
        class="box-input"
        {...attributes}
        value={value}
        autocomplete="new-password"
        hx-preserve={moved ? undefined : true}
      />
    )
  }
  if (field.kind === "text") {
    return (
      <input
        type={field.inputType}
        class="box-input"
        {...attributes}
        value={value}
        maxlength={field.maxLength}
        autocomplete="off"
      />
    )
  }
  return (
    <textarea
      class={field.kind === "json" ? "box-input code" : "box-input"}
      rows={field.kind === "textarea" ? 6 : 3}
      maxlength={field.maxLength}
      {...attributes}
      data-unkept={context.hasSecrets ? "" : undefined}
      spellcheck={false}
    >
      {value}
    </textarea>
  )
}

const NumberBox = (props: BoxProps<NumberField>) => (
  <input
    type="number"
    class="box-input box-short"
    {...attributesOf(props)}
    value={props.context.draft.get(props.path) ?? ""}
    min={props.field.minimum}
    max={props.field.maximum}
    step={props.field.whole ? 1 : "any"}
  />
)

const optionWords = (option: string | number | boolean): string => {
  if (typeof option !== "boolean") return String(option)
  return option ? "Yes" : "No"
}

const ChoiceBox = (props: BoxProps<ChoiceField>) => {
  const chosen = props.context.draft.get(props.path) ?? ""
  return (
    <select class="box-input" {...attributesOf(props)}>
      {(!props.field.required || chosen === "") && (
        <option value="">{props.field.required ? "Choose…" : "Not set"}</option>
      )}
      {props.field.options.map((option) => (
        <option value={String(option)} selected={String(option) === chosen}>
          {optionWords(option)}
        </option>
      ))}
    </select>
  )
}

const Box = ({ field, path, context }: BoxProps) => {
  if (field.kind === "number") return <NumberBox field={field} path={path} context={context} />
  if (field.kind === "choice") return <ChoiceBox field={field} path={path} context={context} />
  if (field.kind === "switch") {
    const props = { field, path, context }
    return <input type="checkbox" {...attributesOf(props)} checked={Boolean(context.draft.get(path))} />
  }
  return field.kind === "group" || field.kind === "list" ? null : (
    <TextBox field={field} path={path} context={context} />
  )
}

const Errors = ({ path, issues }: { readonly path: string; readonly issues: ReadonlyArray<InputIssue> }) =>
  issues.length === 0 ? null : (
    <p class="field-error" id={`${fieldId(path)}-error`}>
      {[...new Set(issues.map(issueText))].join(" ")}
    </p>
  )

const Plain = ({ field, path, context }: BoxProps) => {
  const id = fieldId(path)
  const hint = hintOf(field)
  const label = (
    <label for={id}>
      {field.label}
      {!field.required && <span class="optional"> (optional)</span>}
    </label>
  )
  return (
    <div class={field.kind === "switch" ? "field field-switch" : "field"}>
      {label}
      {hint !== "" && (
        <p class="field-hint" id={`${id}-hint`}>
          {hint}
        </p>
      )}
      <Box field={field} path={path} context={context} />
      <Errors path={path} issues={issuesAt(path, context.issues)} />
    </div>
  )
}

interface RedrawProps {
  readonly name: "add" | "remove"
  readonly value: string
  readonly action: string
  readonly label: string
}

/**
 * Sends the form as it stands and gets it back with one item more or less. With script only the form is swapped: morphed
 * for a new item, but replaced for a removed one, because a morphed box keeps what was typed for the item before it.
 */
const RedrawButton = ({ name, value, action, label }: RedrawProps) => (
  <button
    type="submit"
    class="button button-small"
    id={`${name}-${fieldId(value)}`}
    name={name}
    value={value}
    formnovalidate
    hx-post={action}
    hx-target="#job-form"
    hx-swap={name === "add" ? "outerMorph" : "outerHTML"}
    hx-disable="this"
  >
    {label}
  </button>
)

const List = ({ field, path, context }: BoxProps<ListField>) => (
  <fieldset class="field-list" id={fieldId(path)}>
    <legend>{field.label}</legend>
    {field.hint && <p class="field-hint">{field.hint}</p>}
    <input
      type="hidden"
      name={`${INPUT_PREFIX}${path}.length`}
      value={String(lengthOf(context.draft, path))}
      autocomplete="off"
    />
    {Array.from({ length: lengthOf(context.draft, path) }, (_, index) => {
      const item = `${path}[${index}]`
      return (
        <fieldset class="field-item">
          <legend>
            {field.label} {index + 1}
          </legend>
          <Fields fields={field.fields} parent={item} context={context} />
          <RedrawButton name="remove" value={item} action={context.action} label={`Remove ${index + 1}`} />
        </fieldset>
      )
    })}
    <Errors path={path} issues={context.issues.filter((issue) => issue.path === path)} />
    <RedrawButton name="add" value={path} action={context.action} label="Add another" />
  </fieldset>
)

export interface FieldsProps {
  readonly fields: ReadonlyArray<FormField>
  readonly parent: string
  readonly context: FieldContext
}

export const Fields = ({ fields, parent, context }: FieldsProps) => (
  <>
    {fields.map((field) => {
      const path = pathOf(parent, field.key)
      if (field.kind === "list") return <List field={field} path={path} context={context} />
      if (field.kind !== "group") return <Plain field={field} path={path} context={context} />
      return (
        <fieldset class="field-group" id={fieldId(path)}>
          <legend>{field.label}</legend>
          {field.hint && <p class="field-hint">{field.hint}</p>}
          <Fields fields={field.fields} parent={path} context={context} />
        </fieldset>
      )
    })}
  </>
)
