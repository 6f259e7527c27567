/**
 * What the queue promises, said once more in memory and without SQL: which jobs wait and why, and which one a claim
 * gives next. What the other calls leave behind is in QueueModelCalls.ts.
 */
import { type LaneName, type NewJob, typesOf, type WorkerKey, workers } from "./QueueCommands.ts"
import { enqueue, fail, hasEnded, inTurn, isBlocked, type ModelJob, newModelJob } from "./QueueModelJob.ts"

export const LEASE_SECONDS = 35
export const TIMEOUT_SECONDS = 605
const ALIVE_SECONDS = 15
const DAY_SECONDS = 86_400
const TRUST_SECONDS = LEASE_SECONDS - 5
/** How long a job that was in hand when a worker died is the only one of those that runs there. */
const SUSPECT_SECONDS = 60

interface ModelWorker {
  readonly key: WorkerKey
  readonly draining: boolean
  readonly seenAt: number
  readonly steadySince: number
  readonly frozenAt: number
}

/** A lease as the worker that got it remembers it. */
export interface HeldLease {
  readonly worker: WorkerKey
  readonly job: number
  readonly attempt: number
  readonly token: string
}

export class QueueModel {
  readonly jobs: Array<ModelJob> = []
  readonly leases: Array<HeldLease> = []
  readonly pausedLanes = new Set<string>()
  readonly pausedTypes = new Set<string>()
  /** Who said that it lives, by name. */
  readonly beating = new Map<string, ModelWorker>()
  private readonly turns = new Map<string, string>()
  private second = 0
  private statement = 0

  get now() {
    return { at: this.second, statement: this.statement }
  }

  get present() {
    return this.jobs.filter((job) => !job.removed)
  }

  /** Everything until the next call happens in one statement. */
  nextStatement() {
    this.statement++
  }

  passTime(seconds: number) {
    this.second += seconds
  }

  liveWithKey(key: string | undefined) {
    return this.present.find((job) => key !== undefined && job.dedupeKey === key && !hasEnded(job))
  }

  /** `needs` are the indexes that the jobs themselves get, too. */
  create(specs: ReadonlyArray<{ readonly job: NewJob; readonly needs: ReadonlyArray<number> }>) {
    for (const { job, needs } of specs) {
      const index = this.jobs.length
      this.jobs.push(newModelJob(job, { index, needs, lane: typesOf[job.type], now: this.now }))
    }
    for (const job of this.jobs.slice(-specs.length)) enqueue(job, this.second)
    this.follow()
  }

  /** Lets the ends of jobs take effect on those that need them, and theirs on others. */
  follow() {
    for (let changed = true; changed; ) {
      changed = false
      for (const job of this.present) {
        for (const [index, met] of job.needs) {
          const needed = this.jobs[index]!
          if (met || !hasEnded(needed)) continue
          if (needed.status === "completed" || job.onFailure === "run") {
            job.needs.set(index, true)
            if (job.status === "pending") enqueue(job, this.second)
            changed = true
          } else if (job.status === "pending") {
            fail(job, "DEPENDENCY_FAILED")
            changed = true
          }
        }
      }
    }
  }

  private holder({ concurrencyKey, organisation }: ModelJob) {
    return this.present.find(
      (job) => job.lease !== undefined && job.concurrencyKey === concurrencyKey && job.organisation === organisation
    )
  }

  /** Whether another job with its key runs or goes first. */
  private isBehind(job: ModelJob) {
    if (job.concurrencyKey === undefined) return false
    const [first] = this.present
      .filter((other) => other.concurrencyKey === job.concurrencyKey && other.organisation === job.organisation)
      .filter((other) => other.status === "pending" && !isBlocked(other) && !other.scheduled)
      .toSorted(inTurn)
    return this.holder(job) !== undefined || first !== job
  }

  placeOf(job: ModelJob) {
    if (isBlocked(job)) return "blocked"
    if (job.scheduled) return "scheduled"
    return this.isBehind(job) ? "behind" : "ready"
  }

  isAlive({ seenAt }: ModelWorker) {
    return this.second - seenAt < ALIVE_SECONDS
  }

  beat(key: WorkerKey, draining: boolean) {
    const { name } = workers[key]
    const before = this.beating.get(name)
    const isSteady = before?.key === key && this.second - before.seenAt < ALIVE_SECONDS
    const steadySince = isSteady ? before.steadySince : this.second
    const isFrozen = before?.key === key && this.second - before.seenAt >= TRUST_SECONDS
    const frozenAt = isFrozen ? this.second : (before?.frozenAt ?? Number.NEGATIVE_INFINITY)
    this.beating.set(name, { key, draining, seenAt: this.second, steadySince, frozenAt })
  }

  /** Whoever leaves takes those along whom nobody has seen for a day. */
  forgetLongGone() {
    for (const [name, { seenAt }] of this.beating) if (this.second - seenAt > DAY_SECONDS) this.beating.delete(name)
  }

  /** Whether the worker of a lease is gone; `undefined` while nobody can know. */
  isGone(owner: WorkerKey): boolean | undefined {
    const seen = this.beating.get(workers[owner].name)
    if (seen?.key !== owner) return true
    if (this.isAlive(seen)) return false
    const silentUnder = (witness: ModelWorker) => witness.seenAt - Math.max(witness.steadySince, seen.seenAt)
    return [...this.beating.values()].some((each) => silentUnder(each) >= ALIVE_SECONDS) || undefined
  }

  /** Whether the worker of a lease froze, or was cut off, and so could not stop what ran too long. */
  wasSilent(owner: WorkerKey, withinSeconds: number): boolean {
    const seen = this.beating.get(workers[owner].name)
    return seen?.key === owner && (!this.isAlive(seen) || seen.frozenAt > this.second - withinSeconds)
  }

  /** Places of a lane that live workers offer. */
  capacityOf(lane: string): number {
    return [...this.beating.values()]
      .filter((each) => this.isAlive(each) && !each.draining)
      .reduce((sum, { key }) => sum + (new Map<string, number>(Object.entries(workers[key].places)).get(lane) ?? 0), 0)
  }

  reasonsOf(job: ModelJob): ReadonlyArray<string> {
    if (job.lease !== undefined) return job.lease.expiresAt < this.second ? ["lease_lost"] : []
    if (job.status !== "pending") return []
    const place = this.placeOf(job)
    const able = [...this.beating.values()].filter(
      (each) => this.isAlive(each) && job.lane in workers[each.key].places && this.knows(each.key, job)
    )
    const running = this.present.filter((other) => other.lane === job.lane && other.lease !== undefined).length
    const suspectRuns = this.present.some((other) => this.mayKill(other))
    const reasons = [
      job.runAt.at > this.second && (job.retryCount > 0 ? "backoff" : "scheduled"),
      this.pausedLanes.has(job.lane) && "paused_lane",
      this.pausedTypes.has(job.type) && "paused_type",
      place === "blocked" && "dependency",
      place === "behind" && "concurrency_key",
      able.length === 0
        ? "no_worker"
        : able.every((each) => each.draining)
          ? "draining"
          : (running >= this.capacityOf(job.lane) || (job.crashCount > 0 && suspectRuns)) && "pool_full"
    ]
    return reasons.filter((reason) => reason !== false)
  }

  private knows(worker: WorkerKey, job: ModelJob) {
    return (workers[worker].types as ReadonlyArray<string>).includes(job.type)
  }

  private claimable(worker: WorkerKey, lane: LaneName) {
    return this.present.filter(
      (job) =>
        job.status === "pending" &&
        job.lane === lane &&
        this.placeOf(job) === "ready" &&
        !this.pausedLanes.has(lane) &&
        !this.pausedTypes.has(job.type) &&
        job.expiresAt > this.second &&
        this.knows(worker, job)
    )
  }

  private mayKill(job: ModelJob) {
    if (job.crashCount === 0 || job.lease === undefined) return false
    return job.crashCount > 1 || this.second - job.lease.claimedAt < SUSPECT_SECONDS
  }

  /** The one job that may have killed its worker which this one may take: a worker starts one at a time. */
  private suspectFor(worker: WorkerKey, lane: LaneName) {
    const hasOne = this.present.some((job) => this.mayKill(job) && job.lease?.worker === worker)
    return hasOne
      ? undefined
      : this.claimable(worker, lane)
          .filter((job) => job.crashCount > 0)
          .toSorted(inTurn)[0]
  }

  /** Organisations in the order of their turns: those after `last` first. */
  private static inRound(organisations: Iterable<string>, last: string) {
    const all = [...new Set(organisations)].toSorted()
    return [...all.filter((each) => each > last), ...all.filter((each) => each <= last)]
  }

  /** The jobs that a claim gives: an equal share to each organisation of a priority, then what they leave of it. */
  next(worker: WorkerKey, lane: LaneName, limit: number): ReadonlyArray<ModelJob> {
    for (const job of this.present) {
      if (job.lane === lane && job.runAt.at <= this.second) job.scheduled = false
    }
    const turn = `${worker} ${lane}`
    const last = this.turns.get(turn) ?? ""
    const suspect = this.suspectFor(worker, lane)
    const all = this.claimable(worker, lane)
      .filter((job) => job.crashCount === 0 || job === suspect)
      .toSorted(inTurn)
    const picked: Array<ModelJob> = []
    for (const priority of new Set(all.map((job) => job.priority))) {
      const alike = all.filter((job) => job.priority === priority)
      const missing = limit - picked.length
      const round = QueueModel.inRound(
        alike.map((job) => job.organisation),
        last
      ).slice(0, missing)
      for (const share of [Math.ceil(missing / round.length), limit]) {
        for (const organisation of round) {
          const rest = alike.filter((job) => job.organisation === organisation && !picked.includes(job))
          picked.push(...rest.slice(0, Math.min(share, limit - picked.length)))
        }
      }
    }
    const served = QueueModel.inRound(
      picked.map((job) => job.organisation),
      last
    ).at(-1)
    if (served !== undefined) this.turns.set(turn, served)
    return picked
  }

  claim(worker: WorkerKey, job: ModelJob, token: string) {
    const attempt = job.attempts.length + 1
    job.status = "in_progress"
    job.hasNextRetry = false
    job.lease = {
      worker,
      token,
      claimedAt: this.second,
      expiresAt: this.second + LEASE_SECONDS,
      timeoutAt: this.second + TIMEOUT_SECONDS
    }
    job.attempts.push({ attempt, worker: workers[worker].name })
    this.leases.push({ worker, job: job.index, attempt, token })
  }
}
