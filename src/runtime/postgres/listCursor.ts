/** Where a list goes on: the id of the last job that was shown or looked at. */
import { Schema } from "effect"
import { JobId } from "../../domain/JobId.ts"

const Cursor = Schema.StringFromBase64Url.pipe(Schema.decodeTo(JobId))

export const decodeCursor = Schema.decodeUnknownOption(Cursor)
export const encodeCursor = Schema.encodeSync(Cursor)
