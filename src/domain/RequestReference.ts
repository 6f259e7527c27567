import { Context } from "effect"

/** Names the request in the log, in the audit trail and in the answer to it, so that a report finds its cause. */
export const RequestReference = Context.Reference<string>("callboard/http/RequestReference", {
  defaultValue: () => "unknown"
})
