/** Saves what somebody wrote, or says why it was not saved. */
import { Effect } from "effect"
import type { Context } from "hono"
import { LONGEST_NOTE, type NoteSubject, TeamNotes } from "../../domain/TeamNotes.ts"
import { callerOf } from "../callerOf.ts"
import { formOf } from "./formOf.ts"

const wholeNumber = (text: string | undefined): number => (/^\d{1,6}$/u.test(text ?? "") ? Number(text) : 0)

/** Gives the text that was not saved, with the reason, or nothing. */
export const saveNote = async (c: Context, subject: NoteSubject) => {
  const form = await formOf(c)
  const text = (form.get("text") ?? "").trim()
  return Effect.gen(function* () {
    if ([...text].length > LONGEST_NOTE) {
      return { text, problem: `Not saved: a note has at most ${LONGEST_NOTE} characters.` }
    }
    const note = { after: wholeNumber(form.get("after")), text, writtenBy: callerOf(c).name }
    return yield* (yield* TeamNotes).write(subject, note).pipe(
      Effect.as(undefined),
      Effect.catchTag("NoteChanged", ({ by = "Somebody" }) =>
        Effect.succeed({
          text,
          problem: `Not saved: ${by} has changed the note meanwhile. It stands above; yours is here.`
        })
      )
    )
  })
}
