import { expect } from "bun:test"
import { Effect, Fiber, Option } from "effect"
import { CurrentCaller } from "../../../src/domain/Caller.ts"
import { databaseTests } from "../../support/PgServices.ts"
import { idle } from "../../support/scripts.ts"
import { add } from "./builders.ts"
import { beginByHand, waitingStatements } from "./byHand.ts"

const inDatabase = databaseTests(idle)

const addAs = (name: string) =>
  Effect.provideService(
    add(),
    CurrentCaller,
    Option.some({ via: "key", subject: name, name, role: "member", organisationId: name } as const)
  )

inDatabase(
  "writes the jobs of many callers on four connections at most, and leaves the others to everybody else",
  Effect.scoped(
    Effect.gen(function* () {
      const others = yield* beginByHand
      yield* others.run("LOCK TABLE script_jobs IN SHARE MODE")

      const first = yield* Effect.forEach(["a", "b", "c", "d"], (name) => Effect.forkChild(addAs(name)))
      yield* waitingStatements("create_plain_jobs", 2)
      const second = yield* Effect.forEach(["e", "f", "g"], (name) => Effect.forkChild(addAs(name)))
      expect(yield* waitingStatements("create_plain_jobs", 3)).toBeLessThanOrEqual(4)

      yield* others.rollback
      const made = yield* Effect.forEach([...first, ...second], (fiber) => Fiber.join(fiber))
      expect(made.map(({ createdBy }) => createdBy)).toEqual(["a", "b", "c", "d", "e", "f", "g"])
    })
  )
)
