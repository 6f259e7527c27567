/** What the pages of keys, sign-in and audit share. */
import type { FailedTries } from "../FailedTries.ts"
import type { IdentityServices } from "../identify.ts"
import type { RunWith } from "../Run.ts"
import type { BoardInfo } from "./BoardInfo.ts"

export interface Identity {
  readonly run: RunWith<IdentityServices>
  readonly info: BoardInfo
  readonly tries: FailedTries
}
