/** The body of `POST /api/jobs/:id/retry`: the domain's `RetryPlan`, refused where it could not be stored. */
import { Schema } from "effect"
import { RetryPlan } from "../../domain/Jobs.ts"
import { unstorable } from "../../domain/Storable.ts"

const { from, input } = RetryPlan.fields

export const RetryJobBody = Schema.Struct({
  from: from.annotateKey({
    description: "`checkpoint`, `start`, or the name of a step. Default: `checkpoint`, and `start` with an `input`."
  }),
  input: input.annotateKey({ description: "Replaces the input. Default: the input stays." })
})
  .check(Schema.makeFilter((body) => unstorable(body)))
  .annotate({
    identifier: "RetryJob"
  })
