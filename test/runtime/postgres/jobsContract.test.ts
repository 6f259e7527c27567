import { Effect, Option } from "effect"
import { CurrentCaller, localCaller } from "../../../src/domain/Caller.ts"
import { greet } from "../../http/builders.ts"
import { jobsContract } from "../../support/jobsContract.ts"
import { databaseTests } from "../../support/PgServices.ts"

const inDatabase = databaseTests(greet)

for (const [name, body] of jobsContract) {
  inDatabase(`${name}, for Callboard itself`, body)

  // In a transaction of the caller, which a refused statement must not end before the refusal is explained.
  inDatabase(`${name}, for a caller`, Effect.provideService(body, CurrentCaller, Option.some(localCaller)))
}
