/** The body of requests that pause something. */
import { Schema } from "effect"
import { StorableText } from "../../domain/Storable.ts"

export const PauseBody = [
  Schema.Struct({
    reason: Schema.optionalKey(StorableText.check(Schema.isMinLength(1))).annotateKey({
      description: "Shown to everybody whose jobs wait because of it."
    })
  }).annotate({ identifier: "PauseRequest" }),
  Schema.Null
] as const
