/** `GET /api/ws`: the WebSocket. */
import { Effect, Latch, Option, Queue } from "effect"
import { type Context, Hono } from "hono"
import type { Caller } from "../../domain/Caller.ts"
import type { JobReports } from "../../domain/JobReports.ts"
import type { Jobs } from "../../domain/Jobs.ts"
import { CrossSiteRequest, TooManyStreamsProblem, UpgradeRequired } from "../api/problems.ts"
import { goneOf, personOf } from "../callerOf.ts"
import { problemResponse } from "../errorResponse.ts"
import { HttpClosing } from "../HttpClosing.ts"
import { clientAddress } from "../limits/clientAddress.ts"
import { makeSeats } from "../limits/Seats.ts"
import { makeRunWith } from "../Run.ts"
import { comesFromStranger, type KnownSites } from "../sameOrigin.ts"
import type { JobsFeeds } from "./JobsFeeds.ts"
import { closeCodes, SOCKET_PATH } from "./SocketMessage.ts"
import type { StreamPlaces } from "./StreamPlaces.ts"
import { type Authenticate, runSocket, type SocketSession } from "./socketSession.ts"
import type { SocketEvents } from "./sockets.ts"

export interface SocketRouteOptions extends KnownSites {
  /** For clients that say who they are in a message. */
  readonly authenticate: Authenticate
  /** Who the request itself says that it is; none: it will say so in a message. */
  readonly callerOfRequest?: (c: Context) => Option.Option<Caller>
}

/**
 * Sockets whose client has not said yet who it is; each has ten seconds for that. Of one address, so that a stranger
 * shuts out nobody else; and in all far fewer than there are places.
 */
const MOST_UNKNOWN_OF_ADDRESS = 50
const MOST_UNKNOWN = 500

/** Messages that may wait for their turn. */
const INBOX = 32

interface Opening extends Pick<SocketSession, "caller" | "refused"> {
  /** The client has said who it is, or has gone. */
  readonly known: () => void
}

interface Upgrades {
  readonly upgrade: (request: Request, options: { readonly data: SocketEvents }) => boolean
}

/** Hono hands Bun's server in as `env`. */
const serverOf = ({ env }: Context): Upgrades | undefined =>
  typeof env === "object" && env !== null && "upgrade" in env ? (env as Upgrades) : undefined

const upgradeRequired = () => problemResponse(new UpgradeRequired({ detail: "Open it as a WebSocket." }))

export const makeSocketRoute = Effect.fnUntraced(function* ({
  authenticate,
  callerOfRequest = (c) => Option.fromUndefinedOr(personOf(c)),
  ...sites
}: SocketRouteOptions) {
  const run = yield* makeRunWith<JobsFeeds | JobReports | Jobs | StreamPlaces>()
  const { begun: closing } = yield* HttpClosing
  const unknown = makeSeats({ perKey: MOST_UNKNOWN_OF_ADDRESS, total: MOST_UNKNOWN })

  /** The session begins when the socket opens, and is interrupted when the client closes it. */
  const eventsFor = ({ caller, known, refused }: Opening): SocketEvents => {
    const inbox = Effect.runSync(Queue.dropping<string | Buffer>(INBOX))
    const drained = Latch.makeUnsafe(false)
    const gone = new AbortController()
    let isTooMuch = () => {}
    return {
      open: (socket) => {
        isTooMuch = () => socket.close(closeCodes.tooMany.code, closeCodes.tooMany.reason)
        void run(runSocket({ socket, inbox, drained, caller, authenticate, known, refused, closing }), gone.signal)
      },
      message: (text) => {
        if (!Queue.offerUnsafe(inbox, text)) isTooMuch()
      },
      drain: () => drained.openUnsafe(),
      close: () => {
        known()
        gone.abort()
      }
    }
  }

  return new Hono().get(SOCKET_PATH, (c) => {
    // Browsers let every site open a WebSocket anywhere, with our cookies.
    if (comesFromStranger(c, sites)) {
      return problemResponse(new CrossSiteRequest({ detail: "Open it from a page of this server, or of no site." }))
    }
    const wants = c.req.header("Upgrade")?.toLowerCase() === "websocket"
    const server = serverOf(c)
    if (!wants || server === undefined) return upgradeRequired()
    const caller = callerOfRequest(c)
    const known = Option.isSome(caller) ? () => {} : unknown.take(clientAddress(c))
    if (known === undefined) return problemResponse(new TooManyStreamsProblem({ detail: "Say sooner who you are." }))
    if (server.upgrade(c.req.raw, { data: eventsFor({ caller, known, refused: goneOf(c) }) })) return c.body(null)
    known()
    return upgradeRequired()
  })
})
