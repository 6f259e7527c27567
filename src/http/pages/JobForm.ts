/** From a sent form to the job it asks for, and back to a form that may be shown. */
import { Effect, Schema } from "effect"
import { CreateJob } from "../../domain/Jobs.ts"
import { type InputIssue, issuesOf, type JobType, JobTypes, UnknownJobType } from "../../domain/JobType.ts"
import { hasSecrets, MASK, mapSecrets } from "../../domain/Secret.ts"
import { INPUT_PREFIX, JSON_PATH } from "../../views/form/Field.tsx"
import { addItem, draftOf, type FormDraft, isRecord, removeItem } from "../../views/form/FormDraft.ts"
import { type FormField, formFields, mayHave } from "../../views/form/FormFields.ts"
import { formValue, notJson, parseJson } from "../../views/form/FormValue.ts"
import { OPTIONS_PATH, optionFields } from "../../views/form/JobOptions.tsx"
import { isStartedHere } from "../../views/isStartedHere.ts"

export interface JobForm {
  readonly type: JobType
  /** Absent where the form generator cannot draw the input. */
  readonly fields: ReadonlyArray<FormField> | undefined
  readonly example: unknown
  /** The restaurant is a field of the input. */
  readonly hasRestaurant: boolean
  /** A page may only show what was typed with its secrets taken out. */
  readonly hasSecrets: boolean
  /** The API lists the example for everybody, so a page may show its secrets too. */
  readonly exampleSecrets: ReadonlySet<unknown>
}

const secretsOf = (type: JobType, input: unknown): ReadonlySet<unknown> => {
  const found = new Set<unknown>()
  mapSecrets(type.inputSchema, input, (secret) => found.add(secret))
  return found
}

export const jobFormOf = (type: JobType): JobForm => {
  const fields = formFields(type.inputSchema)
  const example = type.example()
  return {
    type,
    fields,
    example,
    exampleSecrets: secretsOf(type, example),
    hasRestaurant: fields?.some((field) => field.key === "restaurantId" && field.kind === "text") ?? false,
    hasSecrets: hasSecrets(type.inputSchema)
  }
}

/** The type of this name, where people may start its jobs with a form. */
export const findStartable = Effect.fnUntraced(function* (name: string) {
  const type = yield* (yield* JobTypes).named(name)
  if (isStartedHere(type)) return type
  return yield* new UnknownJobType({
    jobType: name,
    known: [],
    reason: "Tick jobs in the list of jobs, or filter it, to change many of them."
  })
})

const masked = ({ exampleSecrets, type }: JobForm, input: unknown): unknown =>
  mapSecrets(type.inputSchema, input, (secret) => (exampleSecrets.has(secret) ? secret : MASK))

/** Dots that stand for a secret are no secret: the job type refuses the empty text. */
const withoutMasks = ({ type }: JobForm, input: unknown): unknown =>
  mapSecrets(type.inputSchema, input, (secret) => (secret === MASK ? "" : secret))

/** The boxes filled with an input; secrets other than the example's as dots or left out. */
const shownDraft = (form: JobForm, input: unknown): FormDraft => {
  const safe = masked(form, input)
  return new Map([[JSON_PATH, JSON.stringify(safe, null, 2)], ...draftOf(form.fields ?? [], safe)])
}

const withRestaurant = (form: JobForm, input: unknown, restaurantId: string | undefined): FormDraft => {
  if (restaurantId === undefined) return shownDraft(form, input)
  const inInput = isRecord(input) && mayHave("restaurantId", form.type.inputSchema)
  const draft = shownDraft(form, inInput ? { ...input, restaurantId } : input)
  return form.hasRestaurant ? draft : new Map([...draft, [`${OPTIONS_PATH}.restaurantId`, restaurantId]])
}

/** With a restaurant, the job is for that one. */
export const exampleDraft = (form: JobForm, restaurantId?: string): FormDraft =>
  withRestaurant(form, form.example, restaurantId)

/** For somebody who means a real restaurant: an example that is sent along by mistake would change it. */
export const emptyDraft = (form: JobForm, restaurantId?: string): FormDraft => withRestaurant(form, {}, restaurantId)

/** What was typed, from a form's texts. */
export const draftOfForm = (texts: ReadonlyMap<string, string>): FormDraft =>
  new Map(
    [...texts].flatMap(
      ([name, text]): ReadonlyArray<readonly [string, string]> =>
        name.startsWith(INPUT_PREFIX) ? [[name.slice(INPUT_PREFIX.length), text]] : []
    )
  )

export const isJsonDraft = (draft: FormDraft): boolean => draft.has(JSON_PATH)

interface ReadInput {
  readonly input: unknown
  readonly issues: ReadonlyArray<InputIssue>
}

const readJson = (form: JobForm, text: string): ReadInput => {
  const parsed = parseJson(text)
  if (parsed !== undefined) return { input: withoutMasks(form, parsed.value), issues: [] }
  const kept = form.hasSecrets ? " It may hold a secret, so it is not shown again." : ""
  return { input: undefined, issues: [{ path: JSON_PATH, message: `${notJson(text)}${kept}` }] }
}

export const readInput = (form: JobForm, draft: FormDraft): ReadInput => {
  const { fields } = form
  if (fields === undefined || isJsonDraft(draft)) return readJson(form, draft.get(JSON_PATH) ?? "")
  const { value, issues } = formValue(fields, draft)
  return { input: value, issues }
}

/** What was typed, as far as a page may show it again. */
export const draftToShow = (form: JobForm, draft: FormDraft): FormDraft => {
  if (!form.hasSecrets) return draft
  const { input } = readInput(form, draft)
  const options = [...draft].filter(([path]) => path.startsWith(`${OPTIONS_PATH}.`))
  const safe = shownDraft(form, input === undefined ? form.example : input)
  return new Map([...safe, ...options].filter(([path]) => path !== JSON_PATH || isJsonDraft(draft)))
}

/** What to show where a button asked for one item of a list more or less. */
export const redrawnDraft = (
  form: JobForm,
  texts: ReadonlyMap<string, string>,
  shown: (draft: FormDraft) => FormDraft = (draft) => draftToShow(form, draft)
): FormDraft | undefined => {
  const [add, remove] = [texts.get("add"), texts.get("remove")]
  if (add === undefined && remove === undefined) return undefined
  const draft = shown(draftOfForm(texts))
  return remove === undefined ? addItem(draft, add ?? "") : removeItem(draft, remove)
}

/** The same things under the names of the form's fields. */
const optionPaths: Readonly<Record<string, string>> = { maxRetries: "tries" }

const optionIssue = ({ path, message }: InputIssue): InputIssue => ({
  path: `${OPTIONS_PATH}.${optionPaths[path] ?? path}`,
  message
})

const readOptions = (form: JobForm, draft: FormDraft, input: unknown): Record<string, unknown> => {
  const { tries, runAt, ...same } = formValue(optionFields(form.hasRestaurant), draft, OPTIONS_PATH).value
  const ofInput = form.hasRestaurant && typeof input === "object" && input !== null ? Object.entries(input) : []
  return {
    ...same,
    ...Object.fromEntries(ofInput.filter(([key, value]) => key === "restaurantId" && value !== "")),
    // The box gives a time without a zone; its label says UTC.
    ...(runAt !== undefined && { runAt: `${String(runAt)}Z` }),
    ...(tries !== undefined && { maxRetries: typeof tries === "number" ? tries - 1 : tries })
  }
}

/** The job that a draft asks for, or everything that is wrong with it at once. */
export const requestOf = (form: JobForm, draft: FormDraft) =>
  Effect.gen(function* () {
    const { input, issues } = readInput(form, draft)
    const inputIssues = issues.length > 0 ? issues : yield* inputIssuesOf(form, draft, input)
    const options = readOptions(form, draft, input)
    const decode = Schema.decodeUnknownEffect(CreateJob, { errors: "all" })
    const request = yield* decode({ jobType: form.type.name, input: input ?? null, ...options }).pipe(
      Effect.catch((error) => Effect.succeed(issuesOf(error).map(optionIssue)))
    )
    const optionIssues = Array.isArray(request) ? (request as ReadonlyArray<InputIssue>) : []
    const all = [...inputIssues, ...optionIssues]
    return all.length > 0 ? { issues: all } : { request: request as CreateJob }
  })

const inputIssuesOf = ({ fields, type }: JobForm, draft: FormDraft, input: unknown) =>
  type.parseInput(input).pipe(
    Effect.as<ReadonlyArray<InputIssue>>([]),
    Effect.catch(({ issues }) => Effect.succeed(boxed(issues, fields === undefined || isJsonDraft(draft))))
  )

/** In a JSON text all issues belong to the one box; their paths stay readable in their words. */
const boxed = (issues: ReadonlyArray<InputIssue>, inJson: boolean): ReadonlyArray<InputIssue> =>
  inJson ? issues.map(({ path, message }) => ({ path: JSON_PATH, message: `${path || "input"}: ${message}` })) : issues
