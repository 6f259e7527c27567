/** Checkpoints: what a step gave back is stored, is what later attempts get, and the step does not run again. */
import { attemptKey } from "../Evidence.ts"
import type { Line } from "../Journal.ts"
import type { Proof } from "./Proof.ts"

const stepKey = ({ ref, step }: Pick<Line, "ref" | "step">) => `${ref} ${step}`

export const noStepTwice: Proof = {
  claim: "no step whose output was stored ran again",
  broken: ({ checkpoints, lines }) => {
    const stored = new Map(checkpoints.map((row) => [stepKey(row), row]))
    const kept = new Set<string>()
    return lines.flatMap((line) => {
      const key = stepKey(line)
      const at = `attempt ${line.attempt}`
      if (line.what === "kept") kept.add(key)
      if (line.what !== "step") return []
      const row = stored.get(key)
      return [
        ...(kept.has(key) ? [`${key} ran again in ${at}, after its output was handed on`] : []),
        ...(row !== undefined && line.attempt! > row.attempt
          ? [`${key} ran in ${at}, with a checkpoint of attempt ${row.attempt}`]
          : [])
      ]
    })
  }
}

export const outputsAreKept: Proof = {
  claim: "every output that a step gave back is the one that is stored",
  broken: ({ checkpoints, lines }) => {
    const stored = new Map(checkpoints.map((row) => [stepKey(row), row.output]))
    return lines.flatMap((line) => {
      if (line.what !== "kept" || stored.get(stepKey(line)) === line.output) return []
      return [
        `${stepKey(line)} gave ${line.output} in ${attemptKey(line.ref!, line.attempt!)}, stored is ${stored.get(stepKey(line))}`
      ]
    })
  }
}
