/** A server on which the tables cannot be made. Looked at before anything is written there. */
import { Schema } from "effect"

const OLDEST_VERSION = 15

/** As `server_version_num` counts. */
export const isTooOld = (versionNumber: number): boolean => versionNumber < OLDEST_VERSION * 10_000

export class ServerTooOld extends Schema.TaggedError<ServerTooOld>()("ServerTooOld", { version: Schema.String }) {
  override get message() {
    return `PostgreSQL ${this.version} is too old: Callboard needs ${OLDEST_VERSION} or newer.`
  }
}
