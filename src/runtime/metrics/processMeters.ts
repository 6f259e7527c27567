/** What `/metrics` tells of the process itself, under the names that Prometheus has for it everywhere. */
import { Duration, Effect, Layer } from "effect"
import { makeCounter, makeGauge, makeHistogram, NO_LABELS } from "../../domain/meters.ts"
import { VERSION } from "../../domain/Version.ts"

const build = makeGauge("callboard_build_info", "Always 1; the labels say which Callboard this is.", [
  "version",
  "role"
])

const started = makeGauge("process_start_time_seconds", "When this process started, in seconds since 1970.", [])

const resident = makeGauge("process_resident_memory_bytes", "Memory that this process holds.", [])

const heap = makeGauge("callboard_heap_used_bytes", "Memory that its JavaScript uses.", [])

const cpu = makeCounter("process_cpu_seconds_total", "Processor time that this process used.", [])

const lag = makeHistogram(
  "callboard_event_loop_delay_seconds",
  "How late timers of this process come: what waits behind work that does not let go.",
  [],
  [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5]
)

const MEASURE_LAG_EVERY = Duration.seconds(1)

/** Sooner it may have been a garbage collection, or a busy machine. */
const HELD_UP = Duration.seconds(5)

/** On the machine's own clock: a test's clock stands still, and this is about the machine. */
export const measureLag = (wait: Duration.Duration, heldUp = HELD_UP) =>
  Effect.gen(function* () {
    const begun = performance.now()
    const { system, user } = process.cpuUsage()
    yield* Effect.sleep(wait)
    const late = performance.now() - begun - Duration.toMillis(wait)
    yield* lag(NO_LABELS, Math.max(0, late) / 1_000)
    if (late < Duration.toMillis(heldUp)) return
    const used = process.cpuUsage()
    yield* Effect.logWarning("this process did nothing else for a while: a script held it up, or it was stopped").pipe(
      Effect.annotateLogs({
        seconds: Math.round(late / 1_000),
        cpuSeconds: Math.round((used.system + used.user - system - user) / 1e6)
      })
    )
  })

/** Once at the start, so that there is something to read, and then all the time. */
export const watchEventLoop = Layer.effectDiscard(
  Effect.andThen(measureLag(Duration.zero), Effect.forkScoped(Effect.forever(measureLag(MEASURE_LAG_EVERY))))
)

export const makeReadProcess = (role: string) => {
  let cpuTold = 0
  return Effect.gen(function* () {
    yield* build({ version: VERSION, role }, 1)
    yield* started(NO_LABELS, Math.round(performance.timeOrigin / 1_000))
    const { heapUsed, rss } = process.memoryUsage()
    yield* resident(NO_LABELS, rss)
    yield* heap(NO_LABELS, heapUsed)
    const { system, user } = process.cpuUsage()
    const used = (system + user) / 1e6
    yield* cpu(NO_LABELS, used - cpuTold)
    cpuTold = used
  })
}
