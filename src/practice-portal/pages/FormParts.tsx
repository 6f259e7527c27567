/** Labelled controls of the set-up forms. The id of each is its name. */
import type { Child } from "hono/jsx"
import type { Choices } from "../data/SystemSettings.ts"

interface TextFieldProps {
  readonly name: string
  readonly label: string
  readonly value: string
  readonly type?: "text" | "email" | "date" | "time" | "tel"
  readonly hint?: string
  readonly maxLength?: number
}

export const TextField = ({ hint, label, maxLength = 200, name, type = "text", value }: TextFieldProps) => (
  <>
    <label for={name}>{label}</label>
    <input
      id={name}
      name={name}
      type={type}
      value={value}
      maxlength={maxLength}
      autocomplete="off"
      aria-describedby={hint === undefined ? undefined : `${name}-hint`}
    />
    {hint === undefined ? null : (
      <p class="hint" id={`${name}-hint`}>
        {hint}
      </p>
    )}
  </>
)

export const TextArea = ({ hint, label, name, value }: TextFieldProps) => (
  <>
    <label for={name}>{label}</label>
    <textarea id={name} name={name} rows={4} maxlength={4000} aria-describedby={hint ? `${name}-hint` : undefined}>
      {value}
    </textarea>
    {hint === undefined ? null : (
      <p class="hint" id={`${name}-hint`}>
        {hint}
      </p>
    )}
  </>
)

interface SelectFieldProps {
  readonly name: string
  readonly label: string
  readonly value: string
  readonly choices: Choices
}

export const SelectField = ({ choices, label, name, value }: SelectFieldProps) => (
  <>
    <label for={name}>{label}</label>
    <select id={name} name={name}>
      {choices.map(([choice, text]) => (
        <option value={choice} selected={choice === value}>
          {text}
        </option>
      ))}
    </select>
  </>
)

interface CheckFieldProps {
  readonly name: string
  readonly checked: boolean
  readonly value?: string
  readonly children?: Child
}

export const CheckField = ({ checked, children, name, value = "on" }: CheckFieldProps) => (
  <label class="choice">
    <input type="checkbox" name={name} value={value} checked={checked} /> {children}
  </label>
)
