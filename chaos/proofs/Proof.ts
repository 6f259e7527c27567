/** One thing that a run has to show. A proof is a function of the evidence, so tests can show that it would fail. */
import type { Evidence } from "../Evidence.ts"

export interface Proof {
  readonly claim: string
  /** One sentence with the evidence for each case that breaks the claim. */
  readonly broken: (evidence: Evidence) => ReadonlyArray<string>
}
