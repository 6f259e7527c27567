import { Effect } from "effect"
import { greet } from "../http/builders.ts"
import { makeFakes } from "../http/fakes.ts"
import { it } from "../support/effect.ts"
import { FakeJobs } from "../support/FakeJobs.ts"
import { jobsContract } from "../support/jobsContract.ts"

for (const [name, body] of jobsContract) {
  it.effect(`${name}, as the API's fakes have it`, () =>
    Effect.flatMap(makeFakes, ({ services }) => Effect.provideContext(body, services))
  )

  it.effect(`${name}, as the board's fakes have it`, () =>
    Effect.suspend(() => body.pipe(Effect.provide(new FakeJobs([greet]).layer)))
  )
}
