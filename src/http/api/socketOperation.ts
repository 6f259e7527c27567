/** The WebSocket in the OpenAPI document, which has no words for it: its opening, and its messages beside it. */
import type { Schema } from "effect"
import { ClientMessage, closeCodes, ServerMessage, SOCKET_PATH } from "../streams/SocketMessage.ts"
import { LONGEST_MESSAGE } from "../streams/sockets.ts"
import { schemaIn } from "./eventStreams.ts"
import { CredentialsRefusedProblem } from "./identityProblems.ts"
import { CrossSiteRequest, TooManyStreamsProblem, UpgradeRequired } from "./problems.ts"

type Json = Record<string, unknown>

const problem = (description: string, schema: Schema.Top) => ({
  description,
  content: { "application/problem+json": { schema: schemaIn(schema) } }
})

const codes = Object.fromEntries(Object.values(closeCodes).map(({ code, reason }) => [code, reason]))

const operation = {
  tags: ["Streams"],
  operationId: "streams.socket",
  summary: "Follow jobs over a WebSocket",
  description:
    'The same as `GET /api/events`, for clients that change what they want to hear. Send `{ "type": "subscribe", ' +
    '"filter": {} }` after `ready`. A client that cannot send an `Authorization` header, as a browser, sends ' +
    '`{ "type": "auth", "token": "..." }` first. Messages are JSON texts of at most ' +
    `${LONGEST_MESSAGE / 1024} KiB, 20 in 10 seconds.`,
  parameters: [],
  security: [{ bearer: [] }, { session: [] }],
  responses: {
    "101": { description: "The connection speaks WebSocket from here on." },
    "401": problem("The key or token is not valid", CredentialsRefusedProblem),
    "403": problem("Requests from other web sites are refused", CrossSiteRequest),
    "429": problem("Too many clients of this address have not said yet who they are", TooManyStreamsProblem),
    "426": problem("This address speaks WebSocket", UpgradeRequired)
  },
  "x-close-codes": codes,
  "x-messages": { client: schemaIn(ClientMessage), server: schemaIn(ServerMessage) }
}

export const socketSchemas = [ClientMessage, ServerMessage]

export const withSocket = (document: Json): Json => ({
  ...document,
  paths: { ...(document.paths as Json), [SOCKET_PATH]: { get: operation } }
})
