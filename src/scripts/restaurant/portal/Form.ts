/** A form of the portal that holds a state: read, compared with what is wanted, filled in and saved. */
import { Effect } from "effect"
import { FatalError } from "../../../domain/JobError.ts"
import type { Control, Portal } from "./Portal.ts"

/** What a field holds: its text, the value of the chosen option, or whether a box is ticked. */
export type Value = string | boolean
export type Values = Readonly<Record<string, Value>>

const fieldValue = (element: Element): Value => {
  if (element instanceof HTMLInputElement && element.type === "checkbox") return element.checked
  const isField =
    element instanceof HTMLInputElement ||
    element instanceof HTMLTextAreaElement ||
    element instanceof HTMLSelectElement
  return isField ? element.value : ""
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

export const makeForm = (portal: Portal, fields: Readonly<Record<string, Control>>, save: Control) => {
  const put = Effect.fnUntraced(function* (control: Control, value: Value) {
    if (typeof value === "boolean") return yield* portal.tick(control, value)
    yield* portal.find(control)
    const offered = yield* portal.use((page) =>
      control
        .locate(page)
        .evaluate((element: Element) =>
          element instanceof HTMLSelectElement ? [...element.options].map((option) => option.value) : undefined
        )
    )
    if (offered === undefined) return yield* portal.fill(control, value)
    if (!offered.includes(value)) return yield* notOffered(control, value, offered)
    yield* portal.use((page) => control.locate(page).selectOption({ value }))
  })

  return {
    /** What the fields of the open page hold. */
    read: Effect.forEach(Object.entries(fields), ([key, control]) =>
      portal.find(control).pipe(
        Effect.andThen(portal.use((page) => control.locate(page).evaluate(fieldValue))),
        Effect.map((value) => [key, value] as const)
      )
    ).pipe(Effect.map((entries): Values => Object.fromEntries(entries))),

    /** Fills in fields of the open page and sends it. Gives what the portal said against it, if it did. */
    save: Effect.fn("Form.save")(function* (values: Values) {
      yield* Effect.forEach(Object.entries(values), ([key, value]) => {
        const control = fields[key]
        return control === undefined ? Effect.die(new Error(`The form has no field ${key}.`)) : put(control, value)
      })
      const answer = yield* portal.submit(save)
      if (answer.status < 400) return undefined
      const words = yield* portal.use((page) => page.getByRole("alert").allTextContents())
      return words.map((text) => text.trim()).join(" ")
    })
  }
}
export type Form = ReturnType<typeof makeForm>

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

/** Makes the open form hold what is wanted. Says whether it had to be saved for that. */
export const bringTo = Effect.fn("bringTo")(function* (form: Form, what: string, wanted: Values) {
  const now = yield* form.read
  const changed = differences(now, wanted)
  if (changed.length === 0) return false
  const words = yield* form.save(Object.fromEntries(changed.map((key) => [key, wanted[key] ?? ""])))
  if (words !== undefined) return yield* refused(what, words)
  return true
})
