/** Stands between Callboard and PostgreSQL, and does what poolers and networks do. */
import { connect, createServer, type Server, type Socket } from "node:net"
import { Effect } from "effect"
import type { TestDatabase } from "./TestPostgres.ts"

/** `NotificationResponse` in the protocol. */
const NOTIFICATION = "A".charCodeAt(0)
/** `BackendKeyData`: the process id, and the secret that cancels its statement. */
const KEY_DATA = "K".charCodeAt(0)
const HEADER_BYTES = 5

/** Passes on what the server says, message by message, but for notifications while `isDeaf`. */
const filter = (isDeaf: () => boolean, pass: (message: Buffer) => void) => {
  let rest = Buffer.alloc(0)
  return (chunk: Buffer) => {
    rest = Buffer.concat([rest, chunk])
    while (rest.length >= HEADER_BYTES) {
      const length = 1 + rest.readInt32BE(1)
      if (rest.length < length) return
      if (rest[0] !== NOTIFICATION || !isDeaf()) pass(rest.subarray(0, length))
      rest = rest.subarray(length)
    }
  }
}

/** What PgBouncer answers to a session setting that it does not know. */
const refusal = () => {
  const fields = Buffer.from("SFATAL\0VFATAL\0C08P01\0Munsupported startup parameter: statement_timeout\0\0")
  const head = Buffer.alloc(HEADER_BYTES)
  head.write("E")
  head.writeInt32BE(4 + fields.length, 1)
  return Buffer.concat([head, fields])
}

const underOtherKey = (message: Buffer) => {
  if (message[0] === KEY_DATA) message.writeInt32BE(1, HEADER_BYTES)
  return message
}

interface LineOptions {
  readonly isDeaf: () => boolean
  readonly isPooler: boolean
}

/** A line between a client and the server. */
const join = (client: Socket, server: Socket, { isDeaf, isPooler }: LineOptions) => {
  const end = () => {
    client.destroy()
    server.destroy()
  }
  for (const socket of [client, server]) socket.on("error", end).on("close", end)
  client.on("data", (chunk) => {
    if (isPooler && chunk.includes("statement_timeout\0")) client.end(refusal())
    else server.write(chunk)
  })
  server.on(
    "data",
    filter(isDeaf, (message) => client.write(isPooler ? underOtherKey(message) : message))
  )
  return {
    pause: () => [client, server].map((socket) => socket.pause()),
    resume: () => [client, server].map((socket) => socket.resume())
  }
}

const listening = (server: Server) =>
  Effect.callback<number>((resume) => {
    server.listen(0, "127.0.0.1", () => {
      const address = server.address()
      resume(Effect.succeed(typeof address === "object" && address !== null ? address.port : 0))
    })
  })

export interface PgProxyOptions {
  /** Behaves at the start of a connection as PgBouncer does: knows few settings, and makes up process ids. */
  readonly isPooler?: boolean
}

export const startPgProxy = (
  { database, host, port, username }: TestDatabase,
  { isPooler = false }: PgProxyOptions = {}
) =>
  Effect.gen(function* () {
    const lines = new Set<ReturnType<typeof join>>()
    const sockets = new Set<Socket>()
    let deafLines: ReadonlySet<unknown> | "all" = new Set()
    let isSilent = false

    const server = createServer((client) => {
      const upstream = connect({ path: `${host}/.s.PGSQL.${port}` })
      const line = join(client, upstream, {
        isDeaf: () => deafLines === "all" || deafLines.has(line),
        isPooler
      })
      lines.add(line)
      for (const socket of [client, upstream]) sockets.add(socket)
      if (isSilent) line.pause()
    })
    yield* Effect.addFinalizer(() =>
      Effect.sync(() => {
        server.close()
        for (const socket of sockets) socket.destroy()
      })
    )
    const ownPort = yield* listening(server)

    return {
      address: { host: "127.0.0.1", port: ownPort, database, username },
      /** Swallows all notifications, as a pooler in transaction mode does. */
      deafen: Effect.sync(() => (deafLines = "all")),
      /** The connections that are open now hear nothing any more; new ones hear. */
      deafenOpen: Effect.sync(() => (deafLines = new Set(lines))),
      hearAgain: Effect.sync(() => (deafLines = new Set())),
      /** Nothing gets through in either direction, and nobody is told: the server or the network hangs. */
      silence: Effect.sync(() => {
        isSilent = true
        for (const line of lines) line.pause()
      }),
      speakAgain: Effect.sync(() => {
        isSilent = false
        for (const line of lines) line.resume()
      })
    }
  })
