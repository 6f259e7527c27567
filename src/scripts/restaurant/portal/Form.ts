/** A form of the portal that holds a state: read, compared with what is wanted, filled in and saved. */
import { Effect } from "effect"
import { FatalError } from "../../../domain/JobError.ts"
import type { Control, Portal } from "./Portal.ts"

/** What a field holds: its text, the value of the chosen option, or whether a box is ticked. */
export type Value = string | boolean
export type Values = Readonly<Record<string, Value>>

interface Held {
  readonly value: Value
  /** Of a list: the values of its options. */
  readonly offered?: ReadonlyArray<string>
}

const heldBy = (element: Element): Held => {
  if (element instanceof HTMLSelectElement) {
    return { value: element.value, offered: [...element.options].map((option) => option.value) }
  }
  if (element instanceof HTMLInputElement && element.type === "checkbox") return { value: element.checked }
  return element instanceof HTMLInputElement || element instanceof HTMLTextAreaElement
    ? { value: element.value }
    : { value: "" }
}

/** Keys of `wanted` that `now` holds otherwise. */
export const differences = (now: Values, wanted: Values): ReadonlyArray<string> =>
  Object.keys(wanted).filter((key) => now[key] !== wanted[key])

const notOffered = (control: Control, value: string, offered: ReadonlyArray<string>) =>
  new FatalError({
    code: "VALIDATION_ERROR",
    message: `The portal does not offer “${value}” in ${control.name}.`,
    hint: `It offers: ${offered.filter(Boolean).join(", ")}.`.slice(0, 500)
  })

/** Presses a button that sends a form. Gives what the portal said against it, if it did. */
export const sendForm = Effect.fnUntraced(function* (portal: Portal, save: Control) {
  const answer = yield* portal.submit(save)
  if (answer.status < 400) return undefined
  const words = yield* portal.use((page) => page.getByRole("alert").allTextContents())
  return words.map((text) => text.trim()).join(" ")
})

export const makeForm = (portal: Portal, fields: Readonly<Record<string, Control>>, save: Control) => {
  const entries = Object.entries(fields)

  /** All fields at once, because forms can be long. When one is missing they are looked for one by one, to name it. */
  const inspect = portal
    .use((page) =>
      Promise.all(
        entries.map(([key, control]) =>
          control
            .locate(page)
            .evaluate(heldBy)
            .then((held) => [key, held] as const)
        )
      )
    )
    .pipe(
      Effect.map((all): Readonly<Record<string, Held>> => Object.fromEntries(all)),
      Effect.catchIf(
        (error) => error.code === "ELEMENT_NOT_FOUND",
        (error) =>
          Effect.andThen(
            Effect.forEach(entries, ([, control]) => portal.find(control)),
            Effect.fail(error)
          )
      )
    )

  const put = Effect.fnUntraced(function* (control: Control, { offered }: Held, value: Value) {
    if (typeof value === "boolean") return yield* portal.tick(control, value)
    if (offered === undefined) return yield* portal.fill(control, value)
    if (!offered.includes(value)) return yield* notOffered(control, value, offered)
    yield* portal.use((page) => control.locate(page).selectOption({ value }))
  })

  const valuesOf = (held: Readonly<Record<string, Held>>): Values =>
    Object.fromEntries(Object.entries(held).map(([key, { value }]) => [key, value]))

  /** Gives what the portal said against it, if it did. */
  const send = Effect.fnUntraced(function* (held: Readonly<Record<string, Held>>, values: Values) {
    yield* Effect.forEach(Object.entries(values), ([key, value]) => {
      const [control, before] = [fields[key], held[key]]
      return control === undefined || before === undefined
        ? Effect.die(new Error(`The form has no field ${key}.`))
        : put(control, before, value)
    })
    return yield* sendForm(portal, save)
  })

  return {
    /** What the fields of the open page hold. */
    read: Effect.map(inspect, valuesOf),

    /** Fills in fields of the open page and sends it. Gives what the portal said against it, if it did. */
    save: Effect.fn("Form.save")(function* (values: Values) {
      return yield* send(yield* inspect, values)
    }),

    /** Makes the open page hold what is wanted. Says whether it had to be saved for that. */
    bringTo: Effect.fn("Form.bringTo")(function* (what: string, wanted: Values) {
      const held = yield* inspect
      const changed = differences(valuesOf(held), wanted)
      if (changed.length === 0) return false
      const words = yield* send(held, Object.fromEntries(changed.map((key) => [key, wanted[key] ?? ""])))
      return words === undefined ? true : yield* refused(what, words)
    })
  }
}

/** The portal did not take what was filled in. `words` are its own, and left out where they may quote a person. */
export const refused = (what: string, words?: string) =>
  new FatalError({
    code: "VALIDATION_ERROR",
    message: `The portal refused to save ${what}.`,
    hint: words ? `It says: ${words}`.slice(0, 500) : "Try the same by hand in the portal: it says there why."
  })

/** What was saved is not what the page shows afterwards. */
export const notKept = (what: string, fields: ReadonlyArray<string>) =>
  new FatalError({
    code: "VALIDATION_ERROR",
    message: `The portal shows something else than what was saved for ${what}: ${fields.join(", ")}.`,
    hint: "Somebody may be editing it at the same time, or the portal changes what it is given. Look at the page."
  })
