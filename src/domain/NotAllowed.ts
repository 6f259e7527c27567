/** Who asks may see the thing, but not do this with it. */
import { Schema } from "effect"

/** What belongs to another organisation is never answered with this: it does not exist for who asks. */
export class NotAllowed extends Schema.TaggedError<NotAllowed>()("NotAllowed", {
  /** The call that was refused, for the log. */
  operation: Schema.String
}) {}
