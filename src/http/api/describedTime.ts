/** A time that a caller sends. What stands before its checks is what the OpenAPI document says of it. */
import { Schema } from "effect"
import { SentTime } from "../../domain/Jobs.ts"

export const describedTime = (description: string) =>
  Schema.optionalKey(Schema.String.annotate({ format: "date-time", description }).pipe(Schema.decodeTo(SentTime)))
