/** What a component wants created. The same wish makes one job, although people click twice and answers get lost. */
import { makeKey } from "../makeKey.ts"
import type { CreateOptions, Job } from "../wire.ts"
import { isRefusal } from "./JobQueries.ts"

export interface WishIds {
  readonly clientRef: string
  readonly idempotencyKey: string
}

interface Wish {
  readonly ids: WishIds
  /** Absent after a try of which nobody knows whether it made the job. */
  creating: Promise<Job> | undefined
  grantedAt?: number
}

/** The second half of a double click, when the answer came between the two. */
const ECHO_MS = 1_000

export class Wishes {
  readonly #wishes = new Map<string, Wish>()

  /** `given` are ids that the caller chose. They are made before the first try, so that no try makes another job. */
  make(
    name: string,
    given: Pick<CreateOptions, "clientRef"> & { readonly idempotencyKey?: string | undefined },
    create: (ids: WishIds) => Promise<Job>
  ): Promise<Job> {
    this.#forgetGranted()
    const known = this.#wishes.get(name)
    if (known?.creating !== undefined) return known.creating
    const ids = known?.ids ?? {
      clientRef: given.clientRef ?? makeKey(),
      idempotencyKey: given.idempotencyKey ?? makeKey()
    }
    const creating = create(ids)
    const wish: Wish = { ids, creating }
    this.#wishes.set(name, wish)
    const grant = () => {
      wish.grantedAt = Date.now()
    }
    const refuse = (error: unknown) => {
      wish.creating = undefined
      if (isRefusal(error) && this.#wishes.get(name) === wish) this.#wishes.delete(name)
    }
    creating.then(grant, refuse)
    return creating
  }

  clear(): void {
    this.#wishes.clear()
  }

  #forgetGranted(): void {
    for (const [name, { grantedAt }] of this.#wishes) {
      if (grantedAt !== undefined && Date.now() - grantedAt >= ECHO_MS) this.#wishes.delete(name)
    }
  }
}
