/** Bun's WebSockets: each hands what happens on it to its session. */

/** What a session hears. */
export interface SocketEvents {
  readonly open: (socket: OpenSocket) => void
  readonly message: (text: string | Buffer) => void
  /** What was sent has left. */
  readonly drain: () => void
  readonly close: () => void
}

/** What a session can do. */
export interface OpenSocket {
  /** Bytes that wait to leave, afterwards. */
  readonly send: (text: string) => number
  readonly close: (code: number, reason: string) => void
}

/** Longest message of a client: a token of 8 KiB, or a filter with 100 ids. Longer ones end the connection (1009). */
export const LONGEST_MESSAGE = 16 * 1024

/** A client that answers no ping is gone. */
const IDLE_SECONDS = 60

/** Nothing of ours is that long: sessions wait when 64 KiB are on their way. */
const MOST_UNSENT = 1024 * 1024

/** For `Bun.serve`. */
export const websocket = {
  maxPayloadLength: LONGEST_MESSAGE,
  idleTimeout: IDLE_SECONDS,
  sendPings: true,
  backpressureLimit: MOST_UNSENT,
  closeOnBackpressureLimit: true,
  open: (ws) =>
    ws.data.open({
      send: (text) => {
        ws.send(text)
        return ws.getBufferedAmount()
      },
      close: (code, reason) => ws.close(code, reason)
    }),
  message: (ws, text) => ws.data.message(text),
  drain: (ws) => ws.data.drain(),
  close: (ws) => ws.data.close()
} satisfies Bun.WebSocketHandler<SocketEvents>
