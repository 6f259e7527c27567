/** What people wrote down about something: the newest text, its writer, its earlier versions, and a form to change it. */
import { LONGEST_NOTE, type Note } from "../../domain/TeamNotes.ts"
import { Once } from "./Once.tsx"
import { Permitted } from "./Permitted.tsx"
import { TimeText } from "./TimeText.tsx"

export interface TeamNoteProps {
  /** Newest first. */
  readonly notes: ReadonlyArray<Note>
  readonly title: string
  readonly empty: string
  readonly action: string
  readonly nowMs: number
  /** A text that was not saved, and why. */
  readonly unsaved?: { readonly text: string; readonly problem: string } | undefined
}

const By = ({ note, nowMs }: { readonly note: Note; readonly nowMs: number }) => (
  <span class="row-sub">
    {note.writtenBy ?? "Somebody"}, <TimeText at={note.writtenAt.epochMilliseconds} nowMs={nowMs} />
  </span>
)

/**
 * Firefox fills in what was typed when the page is loaded again, where form and box have their old names. A text that was
 * written over an older note would then pass for a change of the newest one.
 */
const NoteForm = ({ action, notes: [last], unsaved }: TeamNoteProps) => (
  <form class="note-form" name={`note-${last?.number ?? 0}`} method="post" action={action} data-typed="">
    <Once />
    <input type="hidden" name="after" value={String(last?.number ?? 0)} />
    <div class="field">
      <label for="note-text">Note</label>
      <p class="field-hint" id="note-hint">
        Never write a password here.
      </p>
      {unsaved !== undefined && (
        <p class="field-error" id="note-problem">
          {unsaved.problem}
        </p>
      )}
      <textarea
        id="note-text"
        name="text"
        rows={4}
        maxlength={LONGEST_NOTE}
        aria-describedby={unsaved === undefined ? "note-hint" : "note-hint note-problem"}
        aria-invalid={unsaved === undefined ? undefined : "true"}
      >
        {unsaved?.text ?? last?.text ?? ""}
      </textarea>
    </div>
    <div class="buttons">
      <button type="submit" class="button button-primary">
        Save note
      </button>
    </div>
  </form>
)

export const TeamNote = (props: TeamNoteProps) => {
  const { empty, notes, nowMs, title, unsaved } = props
  const [last, ...earlier] = notes
  const text = last?.text ?? ""
  return (
    <section class="card" id="team-note" aria-labelledby="note-title">
      <h2 id="note-title">{title}</h2>
      {text === "" ? <p class="muted">{empty}</p> : <p class="note-text">{text}</p>}
      {last !== undefined && text !== "" && <By note={last} nowMs={nowMs} />}
      <Permitted to="operate">
        <details class="note-edit" open={unsaved !== undefined}>
          <summary>{text === "" ? "Write a note" : "Edit"}</summary>
          <NoteForm {...props} />
        </details>
      </Permitted>
      {earlier.length > 0 && (
        <details class="note-edit">
          <summary>Earlier versions</summary>
          <ul class="questions">
            {earlier.map((note) => (
              <li>
                <span class="note-text">{note.text === "" ? "(taken away)" : note.text}</span>
                <By note={note} nowMs={nowMs} />
              </li>
            ))}
          </ul>
        </details>
      )}
    </section>
  )
}
