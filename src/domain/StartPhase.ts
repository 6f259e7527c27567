/** What a process is at until it can serve, for whoever asks it meanwhile. */
import { Context } from "effect"

export const StartPhase = Context.Reference<{ doing: string }>("callboard/domain/StartPhase", {
  defaultValue: () => ({ doing: "starting" })
})
