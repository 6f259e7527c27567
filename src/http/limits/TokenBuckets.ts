/**
 * Who may ask how often: one bucket per key, which fills at a steady rate and holds what comes together in one window.
 * In the memory of the process, so each process counts for itself.
 */

/** Over how many seconds a rate is averaged: so much may come at once. */
export const WINDOW_SECONDS = 10

/** About 100 bytes each: 5 MB at most. Beyond it those that asked least recently are forgotten, and start full again. */
const MOST_BUCKETS = 50_000

interface Bucket {
  tokens: number
  at: number
}

export interface Taken {
  readonly allowed: boolean
  /** Whole requests that are left. */
  readonly remaining: number
  /** Seconds until a request is allowed, 0 when one is. */
  readonly waitSeconds: number
  /** Seconds until the bucket is full. */
  readonly resetSeconds: number
}

export interface TokenBuckets {
  readonly capacity: number
  readonly take: (key: string) => Taken
  /** How many keys are remembered. */
  readonly size: () => number
}

export interface BucketOptions {
  readonly perSecond: number
  readonly most?: number
  /** Milliseconds of a clock that never goes back. */
  readonly now?: () => number
}

export const makeTokenBuckets = (options: BucketOptions): TokenBuckets => {
  const { perSecond, most = MOST_BUCKETS, now = () => performance.now() } = options
  const capacity = perSecond * WINDOW_SECONDS
  const buckets = new Map<string, Bucket>()

  /** A map keeps the order in which keys came in, so the first is the one that asked least recently. */
  const lookUp = (key: string, at: number): Bucket => {
    const known = buckets.get(key)
    if (known === undefined) {
      if (buckets.size >= most) buckets.delete(buckets.keys().next().value!)
      const bucket = { tokens: capacity, at }
      buckets.set(key, bucket)
      return bucket
    }
    buckets.delete(key)
    buckets.set(key, known)
    known.tokens = Math.min(capacity, known.tokens + ((at - known.at) / 1_000) * perSecond)
    known.at = at
    return known
  }

  return {
    capacity,
    size: () => buckets.size,
    take: (key) => {
      const bucket = lookUp(key, now())
      const allowed = bucket.tokens >= 1
      if (allowed) bucket.tokens -= 1
      return {
        allowed,
        remaining: Math.floor(bucket.tokens),
        waitSeconds: allowed ? 0 : Math.ceil((1 - bucket.tokens) / perSecond),
        resetSeconds: Math.ceil((capacity - bucket.tokens) / perSecond)
      }
    }
  }
}
