/** Everything that a run proves, in the order in which it is reported. */
import { attemptsAddUp, nothingAfterCancel, retriesAreFailures } from "./attempts.ts"
import { dependenciesHold } from "./dependencies.ts"
import { nothingLost, oneLivePerDedupeKey, rightEnds } from "./ends.ts"
import { nothingLeft } from "./leftovers.ts"
import { noTwoOfOneJob, noTwoOfOneKey, nothingAfterTheLease } from "./overlaps.ts"
import type { Proof } from "./Proof.ts"
import { noStepTwice, outputsAreKept } from "./steps.ts"

export const proofs: ReadonlyArray<Proof> = [
  nothingLost,
  rightEnds,
  noTwoOfOneJob,
  noTwoOfOneKey,
  nothingAfterTheLease,
  noStepTwice,
  outputsAreKept,
  attemptsAddUp,
  retriesAreFailures,
  nothingAfterCancel,
  dependenciesHold,
  oneLivePerDedupeKey,
  nothingLeft
]
