/** Nothing is left running or waiting, in the database or on the machine, and no process ended badly. */
import type { Proof } from "./Proof.ts"

export const nothingLeft: Proof = {
  claim: "nothing is left: no row in job_queue and job_leases, no open step, no process",
  broken: ({ leftovers, problems }) => [
    ...problems,
    ...Object.entries(leftovers).flatMap(([name, count]) => (count === 0 ? [] : [`${count} ${name} are left`]))
  ]
}
