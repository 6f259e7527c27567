/** The board: every page that people see, and the stream that keeps it live. */
import { Effect } from "effect"
import { Hono } from "hono"
import type { Run } from "../Run.ts"
import { assetRoutes } from "./assetRoutes.ts"
import type { Board } from "./Board.ts"
import type { BoardInfo } from "./BoardInfo.ts"
import { bulkRoutes } from "./bulkRoutes.tsx"
import { csvRoutes } from "./csvRoutes.tsx"
import { renderErrorPage } from "./errorPage.tsx"
import { eventsRoute } from "./eventsRoute.ts"
import { failuresRoutes } from "./failuresRoutes.tsx"
import { withFrameFacts } from "./frameFacts.ts"
import { importRoutes } from "./importRoutes.tsx"
import { inboxRoutes } from "./inboxRoutes.tsx"
import { jobFileRoutes } from "./jobFileRoutes.ts"
import { jobRoutes } from "./jobRoutes.tsx"
import { jobsRoutes } from "./jobsRoutes.tsx"
import type { LiveFeeds } from "./LiveFeeds.ts"
import { liveRoutes } from "./liveRoutes.tsx"
import { guard } from "./needs.ts"
import { newJobRoutes } from "./newJobRoutes.tsx"
import { nowRoutes } from "./nowRoutes.tsx"
import { opsRoutes } from "./opsRoutes.tsx"
import { refuseOthersPages } from "./refuseOthersPages.tsx"
import { refuseSentForms } from "./refuseSentForms.tsx"
import { restaurantsRoutes } from "./restaurantsRoutes.tsx"
import { retryRoutes } from "./retryRoutes.tsx"
import { scheduleRoutes } from "./scheduleRoutes.tsx"
import { searchRoutes } from "./searchRoutes.tsx"
import { settingsRoutes } from "./settingsRoutes.tsx"
import { traceRoutes } from "./traceRoutes.ts"
import { webhookRoutes } from "./webhookRoutes.tsx"

export interface BoardOptions {
  readonly run: Run
  readonly feeds: LiveFeeds
  readonly info: BoardInfo
  /** Ends when the server begins to close. Default: never. */
  readonly closing?: Effect.Effect<void>
}

/** Cross-site requests are refused before they get here, for the whole app at once (`sameOrigin.ts`). */
export const boardRoutes = ({ run, feeds, info, closing = Effect.never }: BoardOptions): Hono => {
  const board: Board = { run, feeds, info, closing }
  return new Hono()
    .use(guard(renderErrorPage(info)))
    .route("/", assetRoutes())
    .use(withFrameFacts(board), refuseOthersPages(info), refuseSentForms(info))
    .route("/", nowRoutes(board))
    .route("/", inboxRoutes(board))
    .route("/", restaurantsRoutes(board))
    .route("/", failuresRoutes(board))
    .route("/", jobsRoutes(board))
    .route("/", searchRoutes(board))
    .route("/", csvRoutes(board))
    .route("/", importRoutes(board))
    .route("/", newJobRoutes(board))
    .route("/", jobFileRoutes(board))
    .route("/", jobRoutes(board))
    .route("/", retryRoutes(board))
    .route("/", liveRoutes(board))
    .route("/", eventsRoute(board))
    .route("/", opsRoutes(board))
    .route("/", scheduleRoutes(board))
    .route("/", bulkRoutes(board))
    .route("/", settingsRoutes(board))
    .route("/", webhookRoutes(board))
    .route("/", traceRoutes())
}
