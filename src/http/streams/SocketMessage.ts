/** What is said over the WebSocket, in both directions. Each message is one JSON text with a `type`. */
import { Schema } from "effect"
import { InputIssue } from "../../domain/JobType.ts"
import { JobChangedEvent, ResetEvent } from "./JobsEvent.ts"
import { JobsFilter } from "./JobsFilter.ts"

export const SOCKET_PATH = "/api/ws"

const Auth = Schema.Struct({
  type: Schema.Literal("auth"),
  token: Schema.String.check(Schema.isMinLength(1), Schema.isMaxLength(8_192)).annotateKey({
    description: "An API key or a token, for clients that cannot send an Authorization header, as browsers."
  })
})

const Subscribe = Schema.Struct({
  type: Schema.Literal("subscribe"),
  filter: Schema.optionalKey(JobsFilter).annotateKey({ description: "Default: all jobs of the organisation." }),
  lastEventId: Schema.optionalKey(Schema.String.check(Schema.isMaxLength(100))).annotateKey({
    description: "The `id` of the last message that was read: what changed since comes."
  })
}).annotate({ description: "Tells of these jobs from now on, instead of those of an earlier one." })

const Unsubscribe = Schema.Struct({ type: Schema.Literal("unsubscribe") })

const Ping = Schema.Struct({ type: Schema.Literal("ping") }).annotate({
  description: "For clients that want to know whether the connection still works. Answered with `pong`."
})

export const ClientMessage = Schema.Union([Auth, Subscribe, Unsubscribe, Ping]).annotate({
  identifier: "ClientMessage"
})
export type ClientMessage = typeof ClientMessage.Type

const sent = { id: Schema.String.annotateKey({ description: "For `lastEventId`." }) }

/** As it is sent: what is in it was encoded already. */
export const ServerMessage = Schema.Union([
  Schema.Struct({ type: Schema.Literal("ready") }).annotate({ description: "The caller is known: subscribe now." }),
  Schema.Struct({ type: Schema.Literal("job"), ...sent, data: JobChangedEvent }),
  Schema.Struct({ type: Schema.Literal("reset"), ...sent, data: ResetEvent }),
  Schema.Struct({ type: Schema.Literal("pong") }),
  Schema.Struct({
    type: Schema.Literal("error"),
    code: Schema.Literals(["VALIDATION_FAILED", "UNAUTHENTICATED"]),
    detail: Schema.String,
    errors: Schema.optionalKey(Schema.Array(InputIssue))
  }).annotate({ description: "The message was not taken. The connection stays open." })
]).annotate({ identifier: "ServerMessage" })
export type ServerMessage = typeof ServerMessage.Encoded

/** Why the server ends a connection. */
export const closeCodes = {
  closing: { code: 1001, reason: "The server closes. Come back in a moment." },
  slow: { code: 1013, reason: "You read too slowly. Come back with lastEventId." },
  full: { code: 4503, reason: "This process has no place for another stream right now." },
  notText: { code: 4400, reason: "Send JSON texts." },
  unknowable: { code: 4503, reason: "Nobody can say now whose key or token it is. Come back in a moment." },
  unauthenticated: { code: 4401, reason: "Send a valid key or token first." },
  tooMany: { code: 4429, reason: "Too many messages or streams." }
} as const
export type CloseReason = keyof typeof closeCodes
