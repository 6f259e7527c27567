import { expect } from "bun:test"
import { DateTime, Effect, Option } from "effect"
import { AuditLog } from "../../../src/domain/AuditLog.ts"
import { type Caller, CurrentCaller } from "../../../src/domain/Caller.ts"
import * as PgAuditLog from "../../../src/runtime/postgres/PgAuditLog.ts"
import { databaseTests } from "../../support/PgServices.ts"
import { idle } from "../../support/scripts.ts"
import { run } from "./asMember.ts"

const inDatabase = databaseTests(idle)

const olga: Caller = { via: "key", subject: "key-1", name: "Olga", role: "operator", organisationId: "default" }

const as = (caller: Caller) => Effect.provideService(CurrentCaller, Option.some(caller))

inDatabase(
  "finds entries by who, what, on which and since when, page by page, and only those of one's organisation",
  Effect.andThen(
    run("TRUNCATE audit_log"),
    Effect.gen(function* () {
      const { list, note, write } = yield* AuditLog
      const ben: Caller = { ...olga, subject: "100%", name: "Ben_1" }
      yield* as(olga)(Effect.forEach(["a", "b", "c"], (target) => write({ action: "cancel", target })))
      yield* as(ben)(write({ action: "retry", target: "a" }))
      yield* as({ ...olga, organisationId: "north" })(write({ action: "cancel", target: "n" }))
      yield* note({ action: "sign-in-failed", stranger: "203.0.113.0/24" })
      const targets = (filter: Parameters<typeof list>[1], organisation = "default") =>
        Effect.map(list(organisation, filter, { limit: 50 }), (page) => page.entries.map(({ target }) => target))

      const first = yield* list("default", { who: "olg" }, { limit: 2 })
      const second = yield* list("default", { who: "olg" }, { limit: 2, cursor: first.nextCursor! })

      expect(first.entries.map(({ target }) => target)).toEqual(["c", "b"])
      expect([second.entries.map(({ target }) => target), second.nextCursor]).toEqual([["a"], undefined])
      expect(yield* targets({ who: "n_1", what: "retry" })).toEqual(["a"])
      expect(yield* targets({ who: "l_a" })).toEqual([])
      expect(yield* targets({ who: "100%" })).toEqual(["a"])
      expect(yield* targets({ target: "a", what: "cancel" })).toEqual(["a"])
      expect(yield* targets({ what: "sign-in-failed" })).toEqual([undefined])
      expect(yield* targets({ since: DateTime.makeUnsafe("2199-01-01T00:00:00Z") })).toEqual([])
      expect(yield* targets({}, "north")).toEqual(["n"])
      expect(yield* targets({ target: "a" }, "north")).toEqual([])
      expect((yield* Effect.flip(list("default", {}, { limit: 2, cursor: "x" })))._tag).toBe("InvalidCursor")
    }).pipe(Effect.provide(PgAuditLog.layer))
  )
)
