import { expect, test } from "bun:test"
import { Schema } from "effect"
import { type Artifact, ArtifactName } from "../../src/domain/Artifacts.ts"
import type { JsonSchemaDocument } from "../../src/domain/Secret.ts"
import { JobOutcome } from "../../src/views/JobOutcome.tsx"
import { at, NOW_MS } from "../support/FakeJobs.ts"
import { shown } from "./shown.ts"

const textOf = (node: unknown) =>
  String(node)
    .replaceAll(/<[^>]*>/gu, " ")
    .replaceAll(/\s+/gu, " ")
    .trim()

const schema = Schema.toJsonSchemaDocument(
  Schema.Struct({
    answer: Schema.String.annotate({ title: "The answer" }),
    tripId: Schema.String,
    rows: Schema.Int,
    warnings: Schema.Array(Schema.String),
    days: Schema.Array(Schema.Struct({ day: Schema.Int })),
    changes: Schema.Array(Schema.Struct({ id: Schema.String, what: Schema.String, minutes: Schema.Int }))
  })
) as JsonSchemaDocument

test("shows texts and numbers of a result in the order of its schema, and leaves the rest to engineers", () => {
  const warnings = Array.from({ length: 12 }, (_, index) => `W${index + 1}.`)
  const result = { warnings, rows: 1_200, tripId: "trip_1", days: [{ day: 1 }], answer: "First.\n\nSecond." }

  const text = textOf(<JobOutcome shown={shown({ status: "completed", result })} outcome={{ files: [], schema }} />)

  expect(text).toBe(
    "Result The answer First. Second. Rows 1,200 Warnings W1. W2. W3. W4. W5. W6. W7. W8. W9. W10. and 2 more"
  )
})

test("shows nothing of jobs whose result is for programs", () => {
  expect(textOf(<JobOutcome shown={shown({ status: "completed", result: { answer: "x" } })} />)).toBe("")
})

test("shows items that are texts and numbers as a table", () => {
  const result = { rows: 3, changes: [{ id: "castle", what: "to the morning", minutes: 90 }] }

  const text = textOf(<JobOutcome shown={shown({ status: "completed", result })} outcome={{ files: [], schema }} />)

  expect(text).toBe("Result Rows 3 Changes Id What Minutes castle to the morning 90")
})

test("does not name a file again that it offers for download", () => {
  const files: ReadonlyArray<Artifact> = [
    {
      name: ArtifactName.make("report.csv"),
      kind: "file",
      contentType: "text/csv",
      size: 13,
      sha256: "0",
      createdAt: at(NOW_MS)
    }
  ]
  const withReport = Schema.toJsonSchemaDocument(
    Schema.Struct({ report: Schema.String, rows: Schema.Int })
  ) as JsonSchemaDocument
  const job = shown({ status: "completed", result: { report: "report.csv", rows: 2 } })

  expect(textOf(<JobOutcome shown={job} outcome={{ files, schema: withReport }} />)).toBe(
    "Result Download report.csv (13 bytes) Rows 2"
  )
})
