/**
 * Contract of the audit trail: what people and programs did, kept apart from the things it was done to. An entry never
 * holds a secret, an answer or an input; `before` and `after` are states.
 */
import { Context, type DateTime, type Effect, Schema } from "effect"
import { Role } from "./Caller.ts"
import { Time } from "./Job.ts"
import type { InvalidCursor } from "./JobReports.ts"
import type { JobsUnavailable } from "./Jobs.ts"

/** A new one needs a version that reads it before one that writes it: those that run beside it would show no entries at all. */
export const AuditAction = Schema.Literals([
  "create",
  "cancel",
  "retry",
  "answer",
  "remove",
  "bulk",
  "pause",
  "resume",
  "schedule-create",
  "schedule-change",
  "schedule-remove",
  "schedule-run",
  "key-create",
  "key-revoke",
  "webhook-create",
  "webhook-change",
  "webhook-rotate",
  "webhook-remove",
  "note",
  "cleanup",
  "sign-in",
  "sign-in-failed",
  "sign-out"
])
export type AuditAction = typeof AuditAction.Type

/** What was done; who did it is the caller of the current fiber. */
export interface AuditNote {
  readonly action: AuditAction
  /** Of somebody who was refused: there is no caller, only the network the request came from. */
  readonly stranger?: string
  /** Id or name of the thing. */
  readonly target?: string | undefined
  readonly reason?: string | undefined
  readonly before?: Schema.Json | undefined
  readonly after?: Schema.Json | undefined
}

export const AuditEntry = Schema.Struct({
  id: Schema.String,
  at: Time,
  via: Schema.String,
  subject: Schema.String,
  name: Schema.String,
  role: Schema.optionalKey(Role),
  action: AuditAction,
  target: Schema.optionalKey(Schema.String),
  reason: Schema.optionalKey(Schema.String),
  before: Schema.optionalKey(Schema.Json),
  after: Schema.optionalKey(Schema.Json),
  /** The request, as `X-Request-Id` named it. */
  reference: Schema.optionalKey(Schema.String)
}).annotate({ identifier: "AuditEntry" })
export type AuditEntry = typeof AuditEntry.Type

export interface AuditFilter {
  /** Part of a name, or a whole subject. */
  readonly who?: string
  readonly what?: AuditAction
  readonly target?: string
  readonly since?: DateTime.Utc
}

export interface AuditPage {
  readonly limit: number
  readonly cursor?: string
}

export class AuditLog extends Context.Service<
  AuditLog,
  {
    /** In the transaction of the caller, if there is one: then both are kept or none. Callboard itself leaves no entry. */
    readonly write: (note: AuditNote) => Effect.Effect<void, JobsUnavailable>
    /**
     * Before what is many transactions, and a transaction of its own: nothing of it happens without an entry. Gives what
     * adds the state after it; if that cannot be kept, it is logged.
     */
    readonly begin: (note: AuditNote) => Effect.Effect<(after: Schema.Json) => Effect.Effect<void>, JobsUnavailable>
    /** Right after what was done. Many at once share a statement; one that cannot be kept is logged, and fails nothing. */
    readonly note: (note: AuditNote) => Effect.Effect<void>
    /** Newest first, of one organisation. */
    readonly list: (
      organisationId: string,
      filter: AuditFilter,
      page: AuditPage
    ) => Effect.Effect<
      { readonly entries: ReadonlyArray<AuditEntry>; readonly nextCursor?: string },
      InvalidCursor | JobsUnavailable
    >
  }
>()("callboard/domain/AuditLog") {}
