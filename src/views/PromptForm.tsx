/** The form that answers what a job asks. It needs no script; the answer is never sent back by the server. */
import type { OpenPrompt } from "../domain/JobPrompt.ts"

export interface PromptFormProps {
  readonly prompt: OpenPrompt
  readonly action: string
  /** What was wrong with the last answer. */
  readonly problem?: string | undefined
}

/** Boxes of another question have other ids, so that what was typed for one is not sent for the next. */
const idOf = ({ prompt }: PromptFormProps) => `answer-${prompt.id}`

const describedBy = (props: PromptFormProps) => {
  const ids = [props.prompt.hint !== undefined && "hint", props.problem !== undefined && "error"].filter(Boolean)
  return ids.map((part) => `${idOf(props)}-${part}`).join(" ") || undefined
}

const About = (props: PromptFormProps) => (
  <>
    {props.prompt.hint !== undefined && (
      <p class="field-hint" id={`${idOf(props)}-hint`}>
        {props.prompt.hint}
      </p>
    )}
    {props.problem !== undefined && (
      <p class="field-error" id={`${idOf(props)}-error`}>
        {props.problem}
      </p>
    )}
  </>
)

const Send = ({ form, label }: { readonly form: PromptFormProps; readonly label: string }) => (
  <button type="submit" class="button button-primary" id={`${idOf(form)}-send`}>
    {label}
  </button>
)

const TextAnswer = (props: PromptFormProps) => {
  const isCode = props.prompt.kind === "otp"
  return (
    <>
      <div class="field">
        <label for={idOf(props)}>{props.prompt.label}</label>
        <About {...props} />
        <input
          type="text"
          class={isCode ? "box-input box-short" : "box-input"}
          id={idOf(props)}
          name="value"
          required
          maxlength={isCode ? 100 : 2_000}
          inputmode={isCode ? "numeric" : undefined}
          autocomplete={isCode ? "one-time-code" : "off"}
          spellcheck={false}
          aria-describedby={describedBy(props)}
          aria-invalid={props.problem === undefined ? undefined : "true"}
        />
      </div>
      <div class="buttons">
        <Send form={props} label={isCode ? "Send code" : "Send"} />
      </div>
    </>
  )
}

const ChoiceAnswer = (props: PromptFormProps) => (
  <>
    <fieldset class="choices" aria-describedby={describedBy(props)}>
      <legend>{props.prompt.label}</legend>
      <About {...props} />
      {(props.prompt.choices ?? []).map((choice, index) => (
        <label class="choice">
          <input type="radio" id={`${idOf(props)}-${index}`} name="value" value={choice} required />
          <span>{choice}</span>
        </label>
      ))}
    </fieldset>
    <div class="buttons">
      <Send form={props} label="Send" />
    </div>
  </>
)

const ConfirmAnswer = (props: PromptFormProps) => (
  <fieldset class="choices" aria-describedby={describedBy(props)}>
    <legend>{props.prompt.label}</legend>
    <About {...props} />
    <div class="buttons">
      <button type="submit" class="button button-primary" id={`${idOf(props)}-yes`} name="sure" value="yes">
        Yes
      </button>
      <button type="submit" class="button" id={`${idOf(props)}-no`} name="sure" value="no">
        No
      </button>
    </div>
  </fieldset>
)

const answers = { otp: TextAnswer, text: TextAnswer, choice: ChoiceAnswer, confirm: ConfirmAnswer }

export const PromptForm = (props: PromptFormProps) => {
  const Answer = answers[props.prompt.kind]
  return (
    <form
      method="post"
      action={props.action}
      class="question-form"
      autocomplete="off"
      hx-post={props.action}
      hx-swap="none"
      hx-disable="find button"
    >
      <input type="hidden" name="promptId" value={props.prompt.id} />
      <Answer {...props} />
    </form>
  )
}
