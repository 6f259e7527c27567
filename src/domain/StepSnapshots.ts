/**
 * What a page looked like, in words, when a step of a job type last went well: the page's ARIA snapshot as Playwright
 * writes it (YAML). A step that later fails to find something is compared with it.
 */
import { Context, type Effect } from "effect"

export interface SnapshotOf {
  readonly organisationId: string
  readonly jobType: string
  readonly step: string
}

export class StepSnapshots extends Context.Service<
  StepSnapshots,
  {
    /** The step went well and the page looks like this now. Never fails: a lost snapshot is no loss. */
    readonly keep: (of: SnapshotOf, ariaSnapshot: string) => Effect.Effect<void>
    /**
     * What is different from the last good run, in words: `button "Save" is gone; new: button "Save changes"`.
     * Nothing when there is no good run to compare with, or no difference that helps. The message of the failure may
     * quote the locator of the element that was not found: that element comes first then.
     */
    readonly explain: (of: SnapshotOf, ariaSnapshot: string, failure?: string) => Effect.Effect<string | undefined>
  }
>()("callboard/domain/StepSnapshots") {}
