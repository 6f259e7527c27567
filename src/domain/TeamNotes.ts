/** Contract: what people wrote down about a kind of failure or a restaurant. Nothing that was written is lost. */
import { Context, type DateTime, type Effect, Schema } from "effect"
import type { JobsUnavailable } from "./Jobs.ts"

export interface NoteSubject {
  readonly about: "failure" | "restaurant"
  /** The fingerprint, or the id of the restaurant. */
  readonly subject: string
}

export interface Note {
  /** Counted from 1 with each change. */
  readonly number: number
  /** Empty where somebody took it away. */
  readonly text: string
  readonly writtenBy?: string
  readonly writtenAt: DateTime.Utc
}

export const LONGEST_NOTE = 4_000

/** Somebody else has changed it since the one that was edited. */
export class NoteChanged extends Schema.TaggedError<NoteChanged>()("NoteChanged", {
  by: Schema.optionalKey(Schema.String)
}) {}

export class TeamNotes extends Context.Service<
  TeamNotes,
  {
    /** Newest first, at most 20. */
    readonly history: (subject: NoteSubject) => Effect.Effect<ReadonlyArray<Note>, JobsUnavailable>
    /** `after` is the number of the note that was edited; 0 where there was none. */
    readonly write: (
      subject: NoteSubject,
      note: { readonly after: number; readonly text: string; readonly writtenBy?: string }
    ) => Effect.Effect<void, NoteChanged | JobsUnavailable>
  }
>()("callboard/domain/TeamNotes") {}
