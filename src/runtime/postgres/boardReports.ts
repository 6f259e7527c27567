/** What the pages Now, Inbox, Restaurants and Failures read and write. */
import { Layer } from "effect"
import * as PgBoardOverview from "./PgBoardOverview.ts"
import * as PgFailureKinds from "./PgFailureKinds.ts"
import * as PgQuestions from "./PgQuestions.ts"
import * as PgRestaurants from "./PgRestaurants.ts"
import * as PgTeamNotes from "./PgTeamNotes.ts"

export const boardReports = Layer.mergeAll(
  PgBoardOverview.layer,
  PgQuestions.layer,
  PgFailureKinds.layer,
  PgRestaurants.layer,
  PgTeamNotes.layer
)
