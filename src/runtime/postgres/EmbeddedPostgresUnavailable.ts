import { Effect, Schema } from "effect"

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
        message: `The embedded PostgreSQL could not ${doing}: ${cause instanceof Error ? cause.message : String(cause)}`,
        cause
      })
  })
