import { type FieldContext, fieldId, INPUT_PREFIX, JSON_PATH } from "./Field.tsx"

export interface JsonBoxProps {
  readonly context: FieldContext
  readonly rows?: number
  readonly hint?: string | undefined
}

/** The whole input as one text, where no form can be drawn for it or the reader wants none. */
export const JsonBox = ({ context, hint, rows = 16 }: JsonBoxProps) => {
  const id = fieldId(JSON_PATH)
  const hintId = hint === undefined ? undefined : `${id}-hint`
  return (
    <div class="field">
      <label for={id}>Input as JSON</label>
      {hintId && (
        <p class="field-hint" id={hintId}>
          {hint}
        </p>
      )}
      <textarea
        class="box-input code"
        rows={rows}
        id={id}
        name={`${INPUT_PREFIX}${JSON_PATH}`}
        aria-describedby={hintId}
        data-unkept={context.hasSecrets ? "" : undefined}
        spellcheck={false}
      >
        {context.draft.get(JSON_PATH) ?? ""}
      </textarea>
    </div>
  )
}
