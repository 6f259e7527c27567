/**
 * How long an attempt has run, counted against its time-out. It stands still while a person is asked, while the script
 * waits for what is none of its work, and once it has ended: what is kept of it afterwards is not its time.
 */
export class AttemptClock {
  #usedMs = 0
  #since: number | undefined
  #pauses = 0
  #holds = 0
  #startedMs: number | undefined

  start(nowMs: number): void {
    this.#startedMs = nowMs
    if (this.#pauses === 0) this.#since = nowMs
  }

  pause(nowMs: number): void {
    this.#usedMs = this.usedMs(nowMs)
    this.#since = undefined
    this.#pauses++
  }

  resume(nowMs: number): void {
    this.#pauses--
    if (this.#startedMs !== undefined && this.#pauses === 0) this.#since = nowMs
  }

  /** A pause of which the database knows nothing but what the next beat says: it puts the time-out off. */
  hold(nowMs: number): void {
    this.#holds++
    this.pause(nowMs)
  }

  release(nowMs: number): void {
    this.#holds--
    this.resume(nowMs)
  }

  get isHeld(): boolean {
    return this.#holds > 0
  }

  get isStarted(): boolean {
    return this.#startedMs !== undefined
  }

  /** On the clock that `start` was given. */
  get startedMs(): number | undefined {
    return this.#startedMs
  }

  usedMs(nowMs: number): number {
    return this.#usedMs + (this.#since === undefined ? 0 : nowMs - this.#since)
  }
}
