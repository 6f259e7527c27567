/** Counts what is open, in all and for each key: event streams, held requests. */
export interface Seats {
  /** Gives the seat back; undefined when all are taken. */
  readonly take: (key: string) => (() => void) | undefined
  readonly isFree: (key: string) => boolean
  readonly taken: () => number
}

export const makeSeats = ({ perKey, total }: { readonly perKey: number; readonly total: number }): Seats => {
  const open = new Map<string, number>()
  let taken = 0
  const isFree = (key: string) => taken < total && (open.get(key) ?? 0) < perKey

  const giveBack = (key: string) => {
    taken -= 1
    const left = (open.get(key) ?? 1) - 1
    if (left === 0) open.delete(key)
    else open.set(key, left)
  }

  return {
    isFree,
    taken: () => taken,
    take: (key) => {
      if (!isFree(key)) return undefined
      taken += 1
      open.set(key, (open.get(key) ?? 0) + 1)
      let isOpen = true
      return () => {
        if (isOpen) giveBack(key)
        isOpen = false
      }
    }
  }
}

/** Takes one of the seats of whoever asks; undefined when there is none. */
export type PlaceToWait = () => (() => void) | undefined
