import type { Child } from "hono/jsx"
import { useContext } from "hono/jsx"
import { may, mayCancel, type Permission, whoMay } from "../../domain/Caller.ts"
import type { Job } from "../../domain/Job.ts"
import { PersonContext } from "./PersonContext.ts"

/** Whether the reader of this page may do that. */
export const useMay = (permission: Permission): boolean => {
  const person = useContext(PersonContext)
  return person !== undefined && may(person, permission)
}

/** Whether the reader may cancel this job. */
export const useMayCancel = (job: Job): boolean => {
  const person = useContext(PersonContext)
  return person !== undefined && mayCancel(person, job)
}

/** What is left out for those who may not, because they lose nothing by not knowing of it. */
export const Permitted = ({ to, children }: { readonly to: Permission; readonly children: Child }) =>
  useMay(to) ? children : null

/** Beside a button that is off: why, and whom to ask. */
export const WhoMay = ({ permission }: { readonly permission: Permission }) => (
  <span class="muted who-may">Only {whoMay[permission]} can do this.</span>
)
