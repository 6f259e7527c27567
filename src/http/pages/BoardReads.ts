/** What only the board reads: the API has no endpoints for it. */
import type { BoardOverview } from "../../domain/BoardOverview.ts"
import type { FailureKinds } from "../../domain/FailureKinds.ts"
import type { Questions } from "../../domain/Questions.ts"
import type { Restaurants } from "../../domain/Restaurants.ts"
import type { TeamNotes } from "../../domain/TeamNotes.ts"

export type BoardReads = BoardOverview | FailureKinds | Questions | Restaurants | TeamNotes
