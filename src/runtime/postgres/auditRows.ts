/** Entries of the audit trail as `write_audit` takes them (migrations), and those that are written with what they tell of. */
import { Context, Effect, Option } from "effect"
import type { AuditNote } from "../../domain/AuditLog.ts"
import { CurrentCaller } from "../../domain/Caller.ts"
import type { JobId, ReadableJobId } from "../../domain/JobId.ts"
import { RequestReference } from "../../domain/RequestReference.ts"
import { storableName } from "../../domain/Storable.ts"
import { newId } from "../newId.ts"

/** A row as JSON, with the columns' names. Undefined for what Callboard does of its own accord. */
export const auditRowOf = ({ action, after, before, reason, stranger, target }: AuditNote) =>
  Effect.gen(function* () {
    const caller = Option.getOrUndefined(yield* CurrentCaller)
    const reference = yield* RequestReference
    if (caller === undefined && stranger === undefined) return undefined
    const who =
      stranger === undefined && caller !== undefined
        ? {
            via: caller.via,
            subject: caller.subject,
            name: storableName(caller.name),
            role: caller.role,
            organisation_id: caller.organisationId
          }
        : { via: "none", subject: stranger, name: `somebody at ${stranger}` }
    return {
      id: newId(),
      ...who,
      action,
      target,
      reason,
      before,
      after,
      reference: reference === RequestReference.defaultValue() ? undefined : reference
    }
  })

export type AuditRow = NonNullable<Effect.Success<ReturnType<typeof auditRowOf>>> & {
  /** The job that it is about, where that may get another readable id while it is written. */
  readonly job?: JobId
}

/** What is to be noted of a job that is being created. Whoever writes it with the job says so here. */
export interface NoteOfCreation {
  readonly note: Omit<AuditNote, "target">
  isWritten: boolean
}

export const CurrentNoteOfCreation = Context.Reference<NoteOfCreation | undefined>(
  "callboard/runtime/CurrentNoteOfCreation",
  { defaultValue: () => undefined }
)

/** The entry of a job that is about to be created; none where nobody asked for it. */
export const entryOfCreation = (id: JobId, target: ReadableJobId) =>
  Effect.gen(function* () {
    const wanted = yield* CurrentNoteOfCreation
    if (wanted === undefined) return undefined
    const row = yield* auditRowOf({ ...wanted.note, target })
    return row === undefined ? undefined : ({ ...row, job: id } satisfies AuditRow)
  })
