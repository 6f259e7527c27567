/** The steps that a job type declares, and which of them the name of a run belongs to. */

export interface StepDefinition {
  readonly name: string
  /** What people read: "Sign in". */
  readonly title: string
  /** Runs any number of times, also side by side, each with a number of its own: `plan-day-1`, `plan-day-2`. */
  readonly repeats?: true
  /** What it does outside cannot be taken back: people are told before a retry does it once more. */
  readonly irreversible?: boolean
}

/** The definition that a step's name belongs to, and the number of a step that repeats. */
export const declaredStep = (steps: ReadonlyArray<StepDefinition>, name: string) => {
  const [, base, number] = /^(.+)-(\d+)$/u.exec(name) ?? []
  const index = steps.findIndex((step) => step.name === name || (step.repeats === true && step.name === base))
  const step = steps[index]
  return step && { step, index, ...(step.name !== name && { number: Number(number) }) }
}

/** Which kept steps a retry forgets, as `Jobs.retry` has its `from`; undefined where no step is called so. */
export const runsAgain = (
  steps: ReadonlyArray<StepDefinition>,
  from: string
): ((name: string) => boolean) | undefined => {
  if (from === "start" || from === "checkpoint") return () => from === "start"
  const at = declaredStep(steps, from)
  if (at === undefined) return undefined
  return (name) => {
    const done = declaredStep(steps, name)
    if (done === undefined) return false
    // Of one that repeats, only itself: its fellows do not build on it.
    return done.index === at.index ? at.number === undefined || name === from : done.index > at.index
  }
}

/** With its place among the declared steps, from 1; 0 where it is none of them. */
export const numberedStep = (steps: ReadonlyArray<StepDefinition>, name: string | undefined) =>
  name === undefined ? undefined : { name, number: (declaredStep(steps, name)?.index ?? -1) + 1 }
