/** A body as it comes: not more than is allowed, and not longer. */

/** A body that takes longer is not sent by a browser or a program that works. */
export const BODY_TIME_MS = 30_000

export type Body = Uint8Array<ArrayBuffer> | "late" | "large"

interface Limits {
  readonly mostBytes: number
  readonly bodyTimeMs?: number
}

export const readLimited = async (
  request: Request,
  { bodyTimeMs = BODY_TIME_MS, mostBytes }: Limits
): Promise<Body> => {
  if (Number(request.headers.get("content-length") ?? 0) > mostBytes) return "large"
  const reader = request.body!.getReader()
  const parts: Array<Uint8Array> = []
  let size = 0
  let isLate = false
  const timer = setTimeout(() => {
    isLate = true
    void reader.cancel().catch(() => undefined)
  }, bodyTimeMs)
  try {
    for (let part = await reader.read(); !part.done; part = await reader.read()) {
      size += part.value.length
      if (size > mostBytes) return "large"
      parts.push(part.value)
    }
    return isLate ? "late" : new Uint8Array(Buffer.concat(parts))
  } finally {
    clearTimeout(timer)
    if (size > mostBytes) void reader.cancel().catch(() => undefined)
  }
}
