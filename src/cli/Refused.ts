/** What was asked cannot be done. The message is for the person who typed the command. */
import { Schema } from "effect"

export class Refused extends Schema.TaggedError<Refused>()("Refused", { message: Schema.String }) {}
