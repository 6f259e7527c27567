import { Effect, Schema } from "effect"
import { messageOf } from "../../domain/messageOf.ts"

/** What to do where the disk is full. */
export const FREE_SPACE = "Free space on the disk of its data folder (CALLBOARD_DATA_DIR)."

/** The embedded PostgreSQL cannot be started. The message is one sentence for whoever started the process. */
export class EmbeddedPostgresUnavailable extends Schema.TaggedError<EmbeddedPostgresUnavailable>()(
  "EmbeddedPostgresUnavailable",
  { message: Schema.String, cause: Schema.optionalKey(Schema.Defect()) }
) {}

/** Runs file work that throws; `doing` finishes the sentence "could not ...". */
export const attempt = <A>(doing: string, work: () => A) =>
  Effect.try({
    try: work,
    catch: (cause) =>
      new EmbeddedPostgresUnavailable({
        message: `The embedded PostgreSQL could not ${doing}: ${messageOf(cause)}`,
        cause
      })
  })
