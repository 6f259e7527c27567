/** The body of `POST /api/jobs/:id/input`: one person's answer. */
import { Schema } from "effect"
import { LONGEST_TEXT } from "../../domain/JobPrompt.ts"

const text = Schema.String.check(Schema.isMaxLength(LONGEST_TEXT))

export const JobInputBody = Schema.Struct({
  promptId: Schema.String.check(Schema.isUUID()).annotateKey({ description: "`prompt.id` of the job." }),
  value: Schema.Union([text, Schema.Boolean]).annotateKey({
    description:
      "`otp`: the code as a text; spaces and dashes are dropped. `text`: any text. `choice`: one of `choices`. " +
      "`confirm`: true or false."
  })
}).annotate({ identifier: "JobInput" })
