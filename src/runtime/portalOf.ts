import { Effect } from "effect"
import { RetryableError } from "../domain/JobError.ts"
import type { Settings } from "./Settings.ts"

/** Another worker may have a portal, so the job is tried again. */
const noPortal = new RetryableError({
  code: "SERVICE_UNAVAILABLE",
  message: "The worker has no portal to work on.",
  hint: "Set CALLBOARD_PORTAL_URL where the workers run: the practice portal belongs to processes that serve the board."
})

/** The portal that restaurant scripts work on: the one that is set, or the practice portal, which workers do not serve. */
export const portalOf = ({ portalUrl, role }: Settings, practicePortal: Effect.Effect<URL>) => {
  if (portalUrl !== undefined) return Effect.succeed(new URL(portalUrl))
  return role === "worker" ? Effect.fail(noPortal) : practicePortal
}
