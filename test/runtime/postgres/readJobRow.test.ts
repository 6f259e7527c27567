import { expect } from "bun:test"
import { Arbitrary, Effect, Schema, String as Text } from "effect"
import { WaitingReason } from "../../../src/domain/Waiting.ts"
import { JobRow } from "../../../src/runtime/postgres/JobRow.ts"
import { decodeReasons, readJobRow, type TableRow } from "../../../src/runtime/postgres/readJobRow.ts"
import { it } from "../../support/effect.ts"

const rows = (count: number) => Arbitrary.sampleEffect(Arbitrary.schema(Schema.toEncoded(JobRow)), { count })

const tableRow = (row: typeof JobRow.Encoded) =>
  Object.fromEntries(Object.entries(row).map(([name, value]) => [Text.camelToSnake(name), value])) as TableRow

it.effect("reads any row as its schema does", () =>
  Effect.gen(function* () {
    const decode = Schema.decodeUnknownEffect(JobRow)

    for (const row of yield* rows(200)) expect(yield* readJobRow(tableRow(row))).toEqual(yield* decode(row))
  })
)

it.effect("leaves out a row with what it does not know", () =>
  Effect.gen(function* () {
    const [row] = yield* rows(1)
    const unknown = [
      { status: "sleeping" },
      { lane: "slow" },
      { error_code: "TIRED" },
      { on_dependency_failure: "shrug" },
      { run_at: new Date(Number.NaN) },
      { started_at: Number.POSITIVE_INFINITY }
    ]

    for (const columns of unknown)
      expect(yield* readJobRow({ ...tableRow(row!), ...columns } as TableRow)).toBeUndefined()
  })
)

it.effect("reads any reasons as their schema does", () =>
  Effect.gen(function* () {
    const Reasons = Schema.Array(WaitingReason)
    const decode = Schema.decodeUnknownEffect(Reasons)
    const encode = Schema.encodeUnknownEffect(Reasons)

    for (const reasons of yield* Arbitrary.sampleEffect(Arbitrary.schema(Reasons), { count: 100 })) {
      const sent = JSON.parse(JSON.stringify(yield* encode(reasons)))
      expect(yield* decodeReasons(sent)).toEqual(yield* decode(sent))
    }
    expect(yield* decodeReasons(null)).toEqual([])
  })
)

it.effect("leaves out reasons that it does not know", () =>
  Effect.gen(function* () {
    for (const unknown of [
      [{ code: "asleep" }],
      [{ code: "scheduled", until: "soon" }],
      [{ code: "pool_full", limit: "many" }],
      [null],
      { code: "scheduled" }
    ]) {
      expect(yield* decodeReasons(unknown)).toEqual([])
    }
  })
)
