/** A batch as `GET /api/batches/:id` describes it. */
import { Schema } from "effect"

export const BatchReportView = Schema.Struct({
  batchId: Schema.String,
  total: Schema.Int,
  counts: Schema.Struct({
    pending: Schema.Int,
    in_progress: Schema.Int,
    completed: Schema.Int,
    failed: Schema.Int,
    cancelled: Schema.Int
  }).annotateKey({ description: "Jobs per status." }),
  percent: Schema.Int.annotateKey({ description: "0 to 100; 100 only when every job has ended." })
}).annotate({ identifier: "Batch" })
